/** The words of a failure without what CloudFormation puts around them. */

/** What the engine wraps around a message of a service: the message itself is what a reader needs. */
export function plainReason(reason: string): string {
  const handler = /^Resource handler returned message: "([\s\S]*?)"? \(RequestToken: [^)]*\)$/.exec(reason)?.[1] ?? reason;
  return handler.replace(/ ?\(Service: \w+, Status Code: \d+, Request ID: [^)]*\)( ?\(SDK Attempt Count: \d+\))?/, "").trim();
}
