/** What a load balancer answers by itself: AWS's pages, with its server name. */

/** AWS's words for each status (Elastic Load Balancing, "Troubleshoot your Application Load Balancers"). */
const reasons: Readonly<Record<number, string>> = {
  200: "OK",
  301: "Moved Permanently",
  302: "Found",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Time-out",
  413: "Request Entity Too Large",
  414: "Request-URI Too Large",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Temporarily Unavailable",
  504: "Gateway Time-out",
};

/** How it speaks where it answers by itself. */
export interface Manner {
  /** In the header `Server`. */
  serverName: string;
  errorAnswer(status: number): Answer;
}

export const reasonOf = (status: number): string => reasons[status] ?? "";

export interface Answer {
  status: number;
  headers: [name: string, value: string][];
  body: Buffer;
}

export function errorAnswer(status: number): Answer {
  const title = `${status} ${reasonOf(status)}`.trimEnd();
  return {
    status,
    headers: [["Content-Type", "text/html"]],
    body: Buffer.from(
      `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`,
    ),
  };
}

/** An Application Load Balancer's. */
export const balancerManner: Manner = { serverName: "awselb/2.0", errorAnswer };

export function redirectAnswer(status: 301 | 302, location: string): Answer {
  const answer = errorAnswer(status);
  return { ...answer, headers: [...answer.headers, ["Location", location]] };
}

export function fixedAnswer(status: number, contentType: string | undefined, body: string): Answer {
  return { status, headers: [["Content-Type", contentType ?? "text/plain; charset=utf-8"]], body: Buffer.from(body) };
}
