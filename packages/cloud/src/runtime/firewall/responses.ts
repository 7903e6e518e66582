/** What a blocked request is answered, and the headers that rules add to requests and answers. */
import type { BlockAction, CustomHTTPHeader, CustomResponseBody } from "@aws-sdk/client-wafv2";
import type { BlockResponse, HeaderPair } from "./outcome.ts";

const contentTypes: Readonly<Record<string, string>> = {
  TEXT_PLAIN: "text/plain",
  TEXT_HTML: "text/html",
  APPLICATION_JSON: "application/json",
};

/** As a load balancer answers it. */
const forbidden: BlockResponse = {
  status: 403,
  headers: [["content-type", "text/html"]],
  body: "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>\r\n",
};

export function blockResponse(
  action: BlockAction | undefined,
  bodies: Readonly<Record<string, CustomResponseBody>> | undefined,
): BlockResponse {
  const custom = action?.CustomResponse;
  if (!custom) return forbidden;
  const body = custom.CustomResponseBodyKey === undefined ? undefined : bodies?.[custom.CustomResponseBodyKey];
  return {
    status: custom.ResponseCode!,
    headers: [
      ...(body ? [["content-type", contentTypes[body.ContentType!] ?? "text/plain"] as const] : []),
      ...(custom.ResponseHeaders ?? []).map(({ Name, Value }) => [Name!, Value!] as const),
    ],
    body: body?.Content ?? "",
  };
}

/** Under the prefix by which an application knows that they are not the client's. */
export function insertedHeaders(headers: readonly CustomHTTPHeader[] | undefined): HeaderPair[] {
  return (headers ?? []).map(({ Name, Value }) => [`x-amzn-waf-${Name!}`, Value!]);
}
