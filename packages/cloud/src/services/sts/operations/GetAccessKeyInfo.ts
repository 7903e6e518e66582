/** Says whose account an access key is; every key here is this account's. */
import { checkConstraints } from "../../../constraints.ts";
import { operation } from "../../../service.ts";

export const getAccessKeyInfo = operation("sts", "GetAccessKeyInfo", ({ AccessKeyId }, { account }) => {
  checkConstraints("ValidationError", { accessKeyId: [AccessKeyId, { length: [16, 128], pattern: "[\\w]*" }] });
  return { Account: account };
});
