/** Certificates that the app names by their ARN and that cannot be used: not there, in another region, not issued, run out. */
import { certificateFault, givenCertificates } from "../../domains/given-certificates.ts";
import type { Diagnosis, Finding } from "../diagnosis.ts";

export const certificateUnusable: Diagnosis = {
  title: "certificates that are named can be used",
  async look({ aws, assembly, now }) {
    const found: Finding[] = [];
    for (const certificate of givenCertificates(assembly)) {
      const fault = await certificateFault(aws, certificate, now);
      if (!fault) continue;
      found.push({
        severity: "error",
        subject: certificate.arn,
        symptom: "cannot be used",
        cause: fault.message,
        remedy: fault.remedy,
        evidence: [],
      });
    }
    return found;
  },
};
