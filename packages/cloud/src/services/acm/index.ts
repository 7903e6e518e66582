/** AWS Certificate Manager in the embedded cloud. README.md says what is real, recorded and refused. */
import { type Authorization, defineService } from "../../service.ts";
import { resumeCertificates } from "./issue.ts";
import * as certificates from "./operations/certificates.ts";
import * as tags from "./operations/tags.ts";
import { serveCertificates } from "./own-certificates.ts";
import { certificate } from "./resources/Certificate.ts";
import { readers } from "./resources/readers.ts";

const on =
  (action: string) =>
  ({ CertificateArn }: { CertificateArn: string }): Authorization[] => [{ action: `acm:${action}`, resource: CertificateArn }];

export const acm = defineService({
  id: "acm",
  operations: {
    AddTagsToCertificate: tags.addTagsToCertificate,
    DeleteCertificate: certificates.deleteCertificate,
    DescribeCertificate: certificates.describeCertificate,
    GetCertificate: certificates.getCertificate,
    ImportCertificate: certificates.importCertificate,
    ListCertificates: certificates.listCertificates,
    ListTagsForCertificate: tags.listTagsForCertificate,
    RemoveTagsFromCertificate: tags.removeTagsFromCertificate,
    RequestCertificate: certificates.requestCertificate,
  },
  authorize: {
    AddTagsToCertificate: on("AddTagsToCertificate"),
    DeleteCertificate: on("DeleteCertificate"),
    DescribeCertificate: on("DescribeCertificate"),
    GetCertificate: on("GetCertificate"),
    ImportCertificate: ({ CertificateArn }) => [{ action: "acm:ImportCertificate", resource: CertificateArn ?? "*" }],
    ListTagsForCertificate: on("ListTagsForCertificate"),
    RemoveTagsFromCertificate: on("RemoveTagsFromCertificate"),
  },
  readers,
  resources: { "AWS::CertificateManager::Certificate": certificate },
  routes: { certificates: serveCertificates },
  start: resumeCertificates,
});
