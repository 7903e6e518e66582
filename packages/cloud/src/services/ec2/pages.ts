/** EC2's pages: `MaxResults` and an opaque `NextToken`. */
import { AwsError } from "../../aws-error.ts";
import { invalidParameterValue } from "./errors.ts";

export interface PageRequest {
  MaxResults?: number | undefined;
  NextToken?: string | undefined;
}

/** The page that is asked for. `least` and `most` bound `MaxResults`, which is 5 to 1,000 for most describes. */
export function page<T>(items: readonly T[], request: PageRequest, least = 5, most = 1000): { items: T[]; NextToken?: string } {
  const { MaxResults: size, NextToken: token } = request;
  if (size !== undefined && size < least)
    throw invalidParameterValue(
      `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value greater than or equal to ${least}.`,
    );
  if (size !== undefined && size > most)
    throw invalidParameterValue(`Value ( ${size} ) for parameter maxResults is invalid. Expecting a value less than or equal to ${most}.`);
  const start = token === undefined ? 0 : offset(token);
  const end = start + (size ?? (token === undefined ? items.length : most));
  return { items: items.slice(start, end), ...(end < items.length && { NextToken: Buffer.from(`${end}`).toString("base64url") }) };
}

function offset(token: string): number {
  const text = Buffer.from(token, "base64url").toString();
  if (!/^\d{1,9}$/.test(text)) throw new AwsError("InvalidNextToken", `The token '${token}' is invalid`);
  return Number(text);
}
