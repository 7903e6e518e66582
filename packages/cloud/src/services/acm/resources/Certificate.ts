/** AWS::CertificateManager::Certificate: made when it is issued, for which it makes the records itself where a hosted zone is named. */
import type { ResourceProperties } from "@plinth/cloudformation/resource-types";
import { AwsError } from "../../../aws-error.ts";
import { MadeInPart, resource, type ResourceRequest } from "../../../resource.ts";
import { splitTags, withSystemTags } from "../../../runtime/system-tags.ts";
import type { Input } from "../../../aws.ts";

type Properties = ResourceProperties["AWS::CertificateManager::Certificate"];

const lookMs = 20;

async function issued({ call, cloud, signal }: ResourceRequest<Properties>, CertificateArn: string): Promise<void> {
  for (;;) {
    const { Certificate } = await call("acm", "DescribeCertificate", { CertificateArn });
    if (Certificate?.Status === "ISSUED") return;
    if (Certificate?.Status !== "PENDING_VALIDATION")
      throw new AwsError(
        "InvalidRequest",
        `The certificate ${CertificateArn} was not issued: ${Certificate?.FailureReason ?? Certificate?.Status}`,
      );
    await cloud.world.clock.sleep(lookMs, signal);
  }
}

/** As on AWS, they stay when the certificate goes: the next one of the domain is proven by them. */
async function proveDomains({ properties, call, started }: ResourceRequest<Properties>, CertificateArn: string): Promise<void> {
  const { Certificate } = await call("acm", "DescribeCertificate", { CertificateArn });
  const done = new Set<string>();
  for (const { DomainName, ResourceRecord: record, ValidationStatus } of Certificate?.DomainValidationOptions ?? []) {
    if (!record || done.has(record.Name!)) continue;
    done.add(record.Name!);
    const HostedZoneId = properties.DomainValidationOptions?.find((each) => each.DomainName === DomainName)?.HostedZoneId;
    if (HostedZoneId === undefined) {
      // Somebody has to make it, and finds it among the stack's events.
      const content = `{Name: ${record.Name},Type: ${record.Type},Value: ${record.Value}}`;
      if (ValidationStatus !== "SUCCESS") await started?.(CertificateArn, `Content of DNS Record is: ${content}`);
      continue;
    }
    await call("route53", "ChangeResourceRecordSets", {
      HostedZoneId,
      ChangeBatch: {
        Changes: [
          {
            Action: "UPSERT",
            ResourceRecordSet: { Name: record.Name!, Type: "CNAME", TTL: proofTtlSeconds, ResourceRecords: [{ Value: record.Value! }] },
          },
        ],
      },
    });
  }
}

const proofTtlSeconds = 300;

export const certificate = resource("AWS::CertificateManager::Certificate", {
  coverage: {
    real: ["DomainName", "DomainValidationOptions", "SubjectAlternativeNames", "Tags", "ValidationMethod"],
    recorded: ["CertificateTransparencyLoggingPreference", "DomainValidationOptions.ValidationDomain", "KeyAlgorithm"],
    refused: {
      CertificateAuthorityArn: "private certificate authorities are not served",
      CertificateExport: "certificates cannot be exported",
    },
    note: "Issued by the cloud's own authority once its records stand in a public zone of this cloud.",
  },
  async create(request) {
    const { properties, call } = request;
    const tags = splitTags(request.tags, properties.Tags);
    const { CertificateArn } = await call(
      "acm",
      "RequestCertificate",
      withSystemTags(
        {
          DomainName: properties.DomainName,
          // Templates without a method would wait for mail, which nobody reads on a laptop.
          ValidationMethod: (properties.ValidationMethod ?? "DNS") as "DNS",
          ...(properties.SubjectAlternativeNames?.length && { SubjectAlternativeNames: properties.SubjectAlternativeNames }),
          ...(properties.KeyAlgorithm !== undefined && { KeyAlgorithm: properties.KeyAlgorithm as "RSA_2048" }),
          ...(properties.CertificateTransparencyLoggingPreference !== undefined && {
            Options: { CertificateTransparencyLoggingPreference: properties.CertificateTransparencyLoggingPreference as "ENABLED" },
          }),
          // The same at every attempt: what an interrupted create requested is found again.
          IdempotencyToken: request.token,
          ...(tags.own.length > 0 && { Tags: tags.own }),
        } as Input<"acm", "RequestCertificate">,
        tags.system,
      ),
    );
    await request.started?.(CertificateArn!);
    try {
      await proveDomains(request, CertificateArn!);
      await issued(request, CertificateArn!);
    } catch (error) {
      throw new MadeInPart(CertificateArn!, error);
    }
    return { physicalId: CertificateArn!, attributes: { Id: CertificateArn! } };
  },
  async update({ properties, previous, call, physicalId, tags }) {
    const { own } = splitTags(tags, properties.Tags);
    const gone = (previous.Tags ?? []).filter(({ Key }) => !Key.startsWith("aws:") && !own.some((each) => each.Key === Key));
    if (gone.length > 0) await call("acm", "RemoveTagsFromCertificate", { CertificateArn: physicalId, Tags: gone });
    if (own.length > 0) await call("acm", "AddTagsToCertificate", { CertificateArn: physicalId, Tags: own });
    return { physicalId, attributes: { Id: physicalId } };
  },
  async delete({ call, physicalId }) {
    try {
      await call("acm", "DeleteCertificate", { CertificateArn: physicalId });
    } catch (error) {
      if (!(error instanceof AwsError && error.code === "ResourceNotFoundException")) throw error;
    }
  },
});
