/** AddTagsToCertificate, RemoveTagsFromCertificate, ListTagsForCertificate. */
import { operation } from "../../../service.ts";
import { requireCertificate, certificates } from "../certificate.ts";
import { listTags, tagRecord } from "../tags.ts";

export const addTagsToCertificate = operation("acm", "AddTagsToCertificate", (input, context) => {
  const record = requireCertificate(context, input.CertificateArn);
  record.tags = tagRecord(input.Tags, record.tags);
  certificates(context.cloud).put(context.region, record.arn, record);
  return {};
});

/** A tag with a value goes only when it has that value. */
export const removeTagsFromCertificate = operation("acm", "RemoveTagsFromCertificate", (input, context) => {
  const record = requireCertificate(context, input.CertificateArn);
  for (const { Key = "", Value } of input.Tags) if (Value === undefined || record.tags[Key] === Value) delete record.tags[Key];
  certificates(context.cloud).put(context.region, record.arn, record);
  return {};
});

export const listTagsForCertificate = operation("acm", "ListTagsForCertificate", (input, context) => ({
  Tags: listTags(requireCertificate(context, input.CertificateArn).tags),
}));
