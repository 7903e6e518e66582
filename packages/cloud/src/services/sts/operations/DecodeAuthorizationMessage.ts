/** The cloud's denials carry no encoded message, so that none can be decoded. */
import { AwsError } from "../../../aws-error.ts";
import { operation } from "../../../service.ts";

export const decodeAuthorizationMessage = operation("sts", "DecodeAuthorizationMessage", () => {
  throw new AwsError("InvalidAuthorizationMessageException", "Error: the encoded authorization message is not valid");
});
