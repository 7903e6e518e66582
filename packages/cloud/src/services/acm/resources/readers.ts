/** How certificates are read again. */
import type { Readers } from "../../../resource.ts";

export const readers: Readers = {
  "AWS::CertificateManager::Certificate": async ({ call, physicalId }) => {
    const { Certificate } = await call("acm", "DescribeCertificate", { CertificateArn: physicalId });
    const { DomainName, KeyAlgorithm, Options } = Certificate!;
    return {
      DomainName,
      KeyAlgorithm: KeyAlgorithm?.replace("-", "_"),
      CertificateTransparencyLoggingPreference: Options?.CertificateTransparencyLoggingPreference,
    };
  },
};
