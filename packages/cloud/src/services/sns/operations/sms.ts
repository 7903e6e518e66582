/** The account's settings for text messages, and the numbers that do not want any. */
import { pageOf } from "../../../paging.ts";
import { operation } from "../../../service.ts";
import { invalidParameter } from "../errors.ts";
import { checkNumber, optedOut, smsAttributes } from "../sms.ts";

const known = [
  "MonthlySpendLimit",
  "DeliveryStatusIAMRole",
  "DeliveryStatusSuccessSamplingRate",
  "DefaultSenderID",
  "DefaultSMSType",
  "UsageReportS3Bucket",
];

export const setSmsAttributes = operation("sns", "SetSMSAttributes", (input, { cloud, region }) => {
  const given = input.attributes as Record<string, string>;
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalidParameter(`${unknown} is not a valid attribute`);
  const type = given["DefaultSMSType"];
  if (type !== undefined && type !== "Promotional" && type !== "Transactional") throw invalidParameter("DefaultSMSType is invalid");
  smsAttributes(cloud).put(region, "account", { ...smsAttributes(cloud).get(region, "account"), ...given });
  return {};
});

export const getSmsAttributes = operation("sns", "GetSMSAttributes", (input, { cloud, region }) => {
  const all = smsAttributes(cloud).get(region, "account") ?? {};
  const wanted = input.attributes ?? [];
  return { attributes: Object.fromEntries(Object.entries(all).filter(([name]) => wanted.length === 0 || wanted.includes(name))) };
});

export const checkIfPhoneNumberIsOptedOut = operation("sns", "CheckIfPhoneNumberIsOptedOut", (input, { cloud, region }) => {
  checkNumber(input.phoneNumber, "PhoneNumber");
  return { isOptedOut: optedOut(cloud).has(region, input.phoneNumber) };
});

export const listPhoneNumbersOptedOut = operation("sns", "ListPhoneNumbersOptedOut", (input, { cloud, region }) => {
  const page = pageOf(optedOut(cloud).list(region), {
    size: 100,
    token: input.nextToken,
    keyOf: ({ number }) => number,
    query: "ListPhoneNumbersOptedOut",
    invalid: () => invalidParameter("NextToken"),
  });
  return { phoneNumbers: page.items.map(({ number }) => number), ...(page.nextToken !== undefined && { nextToken: page.nextToken }) };
});

export const optInPhoneNumber = operation("sns", "OptInPhoneNumber", (input, { cloud, region }) => {
  checkNumber(input.phoneNumber, "PhoneNumber");
  optedOut(cloud).delete(region, input.phoneNumber);
  return {};
});
