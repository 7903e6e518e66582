/** Certificates that nobody has issued yet, or that were refused. */
import type { Diagnosis, Finding } from "../diagnosis.ts";

export const certificatePending: Diagnosis = {
  title: "certificates are issued",
  async look({ aws, resources, options }) {
    const certificates = resources.filter(({ type }) => type === "AWS::CertificateManager::Certificate");
    const found: Finding[] = [];
    for (const { physicalId, region } of certificates) {
      const { Certificate } = await aws.in(region).call("acm", "DescribeCertificate", { CertificateArn: physicalId });
      const { Status, DomainName = physicalId, FailureReason, DomainValidationOptions = [] } = Certificate ?? {};
      if (Status === "ISSUED") continue;
      const records = DomainValidationOptions.flatMap(({ ResourceRecord, ValidationStatus }) =>
        ResourceRecord ? [`${ResourceRecord.Name} ${ResourceRecord.Type} ${ResourceRecord.Value} (${ValidationStatus})`] : [],
      );
      found.push({
        severity: Status === "PENDING_VALIDATION" ? "warning" : "error",
        subject: DomainName,
        symptom: `has a certificate in ${Status ?? "no state"}`,
        cause:
          Status === "PENDING_VALIDATION"
            ? "AWS waits for the DNS records that prove whose the domain is: they are not there, or the domain's name servers are not those of its zone. It takes up to half an hour."
            : (FailureReason ?? "It was not issued, or has run out."),
        remedy: `Let the records below stand in the domain's zone, and its registrar name the zone's name servers; then plinth deploy${options}`,
        evidence: records,
      });
    }
    return found;
  },
};
