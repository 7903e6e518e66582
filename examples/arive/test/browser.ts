/** A page of a site as its browser lets it act: other origins are asked first (preflight), and answers without leave are not shown. */

/** As the Fetch standard has it: what a page may send without asking. */
const simpleMethods = ["GET", "HEAD", "POST"];
const simpleTypes = ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"];

export async function fetchFrom(
  origin: string,
  url: string,
  init: { method?: string; headers?: Record<string, string>; body?: string } = {},
) {
  const { method = "GET", headers = {}, body } = init;
  const type = headers["content-type"];
  const asked = Object.keys(headers).filter((name) => name !== "content-type" || !simpleTypes.includes(type!));
  if (!simpleMethods.includes(method) || asked.length > 0) {
    const preflight = await fetch(url, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": method,
        ...(asked.length > 0 && { "access-control-request-headers": asked.join(",") }),
      },
    });
    await preflight.arrayBuffer();
    const methods = preflight.headers.get("access-control-allow-methods") ?? "";
    const allowed = (preflight.headers.get("access-control-allow-headers") ?? "").toLowerCase();
    if (!preflight.ok || !mayRead(preflight, origin)) throw new TypeError(`the preflight is refused: ${preflight.status}`);
    if (!simpleMethods.includes(method) && !methods.includes(method)) throw new TypeError(`${method} is not allowed: ${methods}`);
    if (asked.some((name) => !allowed.includes(name) && allowed !== "*")) throw new TypeError(`headers are not allowed: ${allowed}`);
  }
  const response = await fetch(url, { method, headers: { ...headers, origin }, ...(body !== undefined && { body }) });
  if (!mayRead(response, origin)) throw new TypeError("the answer may not be read");
  return response;
}

function mayRead(response: Response, origin: string): boolean {
  const allowed = response.headers.get("access-control-allow-origin");
  return allowed === origin || allowed === "*";
}
