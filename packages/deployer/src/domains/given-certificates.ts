/** Certificates that an app names by their ARN: there, issued, not run out, in the region of what uses them. */
import type { Stack } from "@plinth/compiler";
import { isAwsError, type Aws } from "../aws.ts";

export interface GivenCertificate {
  arn: string;
  /** The stack that names it. */
  stack: string;
  region: string;
}

export interface CertificateFault {
  certificate: GivenCertificate;
  /** A sentence. */
  message: string;
  remedy: string;
}

const arnPattern = /^arn:aws[a-z-]*:acm:([a-z0-9-]+):\d{12}:certificate\/.+$/;

export function givenCertificates({ stacks }: { readonly stacks: readonly Stack[] }): GivenCertificate[] {
  return stacks.flatMap(({ name, region, template }: Stack) =>
    [...new Set(stringsIn(template.Resources).filter((text) => arnPattern.test(text)))].map((arn) => ({ arn, stack: name, region })),
  );
}

function stringsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** `undefined` where it can be used. */
export async function certificateFault(aws: Aws, certificate: GivenCertificate, now: Date): Promise<CertificateFault | undefined> {
  const { arn, stack, region } = certificate;
  const fault = (message: string, remedy: string): CertificateFault => ({ certificate, message, remedy });
  const lies = arnPattern.exec(arn)![1]!;
  if (lies !== region)
    return fault(
      `The certificate ${arn} lies in ${lies}, and ${stack} takes only those of ${region}.`,
      `Request or import one in ${region} (aws acm request-certificate --region ${region} --validation-method DNS --domain-name NAME), and name its ARN.`,
    );
  const describe = `aws acm describe-certificate --region ${region} --certificate-arn ${arn}`;
  let found;
  try {
    ({ Certificate: found } = await aws.in(region).call("acm", "DescribeCertificate", { CertificateArn: arn }));
  } catch (error) {
    if (!isAwsError(error, "ResourceNotFoundException", "InvalidArnException")) throw error;
    return fault(
      `There is no certificate ${arn} in this account${aws.embedded === undefined ? "" : " of the embedded cloud"}.`,
      aws.embedded === undefined
        ? `Request or import one in ${region} (aws acm request-certificate, aws acm import-certificate), and name its ARN; or give the load balancer a domain, which makes its own.`
        : `plinth cloud certificate NAME --arn ${arn} makes one for NAME under this ARN, from the embedded cloud's own authority.`,
    );
  }
  if (found?.Status !== "ISSUED") return fault(`The certificate ${arn} is ${found?.Status}.`, `See what it waits for: ${describe}`);
  if (found.NotAfter && found.NotAfter <= now)
    return fault(
      `The certificate ${arn} has run out on ${found.NotAfter.toISOString().slice(0, 10)}.`,
      "Import it anew, or request another one, and name that.",
    );
  return undefined;
}
