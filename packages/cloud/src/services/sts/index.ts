/** AWS Security Token Service: who calls, and temporary credentials. README.md says what is real and what is refused. */
import { defineService } from "../../service.ts";
import { assumeRole } from "./operations/AssumeRole.ts";
import { decodeAuthorizationMessage } from "./operations/DecodeAuthorizationMessage.ts";
import { getAccessKeyInfo } from "./operations/GetAccessKeyInfo.ts";
import { getCallerIdentity } from "./operations/GetCallerIdentity.ts";
import { getSessionToken } from "./operations/GetSessionToken.ts";

export const sts = defineService({
  id: "sts",
  operations: {
    AssumeRole: assumeRole,
    DecodeAuthorizationMessage: decodeAuthorizationMessage,
    GetAccessKeyInfo: getAccessKeyInfo,
    GetCallerIdentity: getCallerIdentity,
    GetSessionToken: getSessionToken,
  },
  authorize: {
    // Trust policy and own policies are weighed together where the role is taken.
    AssumeRole: () => [],
    // Needs no permission, as GetCallerIdentity.
    GetSessionToken: () => [],
  },
});
