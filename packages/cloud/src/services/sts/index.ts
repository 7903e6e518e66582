/** AWS Security Token Service: who calls, and temporary credentials. */
import { defineService } from "../../service.ts";
import { getCallerIdentity } from "./operations/GetCallerIdentity.ts";

export const sts = defineService({
  id: "sts",
  operations: { GetCallerIdentity: getCallerIdentity },
});
