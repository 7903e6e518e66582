/** Why a resource failed, in the words of its events; never with a secret in them. */
import { TemplateError } from "@plinth/cloudformation";
import { AwsError } from "../aws-error.ts";
import { MadeInPart } from "../resource.ts";
import { DeniedByPolicy } from "./stack-policy.ts";

/** Secrets shorter than this are not looked for in messages: they would blot out ordinary words. */
const shortestSecret = 4;

/** `service` as AWS's SDK for Java names it: `Rds`, `Sns`. */
export function failureReason(
  error: unknown,
  { type, requestId, token, secrets }: { type: string; requestId: string; token: string; secrets: Iterable<string> },
): string {
  return hide(words(error, type, requestId, token), secrets);
}

function words(error: unknown, type: string, requestId: string, token: string): string {
  if (error instanceof MadeInPart) return words(error.reason, type, requestId, token);
  if (error instanceof TemplateError || error instanceof PropertiesRefused || error instanceof DeniedByPolicy) return error.message;
  if (error instanceof AwsError) {
    const service = type.split("::")[1] ?? "CloudFormation";
    const message = `${error.message} (Service: ${service[0]}${service.slice(1).toLowerCase()}, Status Code: ${error.status}, Request ID: ${requestId})`;
    return `Resource handler returned message: "${message}" (RequestToken: ${token}, HandlerErrorCode: ${handlerErrorCode(error)})`;
  }
  const message = error instanceof Error ? error.message : String(error);
  return `Resource handler returned message: "${message}" (RequestToken: ${token}, HandlerErrorCode: InternalFailure)`;
}

/** Whether a service has said no, so that asking again with the same token would have found what an earlier attempt left. */
export function isRefusal(error: unknown): boolean {
  return error instanceof AwsError && error.status >= 400 && error.status < 500 && !/Throttl|TooManyRequests|RequestLimit/.test(error.code);
}

/** Properties that turn out, once everything they refer to is made, not to be allowed. */
export class PropertiesRefused extends Error {}

function hide(text: string, secrets: Iterable<string>): string {
  let result = text;
  for (const secret of secrets) if (secret.length >= shortestSecret) result = result.replaceAll(secret, "****");
  return result;
}

/** The contract of CloudFormation's resource providers names eighteen codes; a service's own are sorted into them. */
const handlerErrorCodes: readonly (readonly [RegExp, string])[] = [
  [/AlreadyExist|AlreadyOwnedByYou|EntityAlreadyExists|Duplicate|ParameterAlreadyExists/i, "AlreadyExists"],
  [/AccessDenied|Unauthorized|NotAuthorized/i, "AccessDenied"],
  [/NotFound|NoSuch|DoesNotExist/i, "NotFound"],
  [/Throttl|TooManyRequests|RequestLimit/i, "Throttling"],
  [/LimitExceeded|Quota/i, "ServiceLimitExceeded"],
  [/InUse|Conflict|DependencyViolation|InvalidState|InvalidDB.*State/i, "ResourceConflict"],
  [/Validation|Invalid|Malformed|Missing|Unsupported/i, "InvalidRequest"],
];

function handlerErrorCode({ code, status }: AwsError): string {
  const known = handlerErrorCodes.find(([pattern]) => pattern.test(code));
  if (known) return known[1];
  return status >= 500 ? "ServiceInternalError" : "GeneralServiceException";
}
