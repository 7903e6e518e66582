/** One look of a health check at an address: a connection, or a request and its answer. Source: Developer Guide, "How Route 53 determines the status of health checks". */
import { connect } from "node:net";
import type { HealthCheckConfig } from "@aws-sdk/client-route-53";
import { request, secureRequest, STATUS_CODES } from "../../plain-http.ts";
import type { Clock } from "../../world.ts";

export interface Look {
  passed: boolean;
  /** In AWS's words. */
  report: string;
}

/** To connect within 4 s and to answer within 2 s more; TCP has 10 s. */
const answerMs = 6_000;
const connectMs = 10_000;
/** Where the search string has to be. */
const searchedBytes = 5_120;

const failure = (what: string): Look => ({ passed: false, report: `Failure: ${what}` });
const timedOut = failure(
  "Connection timed out. The endpoint or the internet connection is down, or requests are being blocked by your firewall.",
);

export function probe(clock: Clock, config: HealthCheckConfig, address: string, signal: AbortSignal): Promise<Look> {
  return new Promise((done) => {
    const give = config.Type === "TCP" ? tryConnection(config, address) : tryRequest(config, address);
    const finish = (look: Look) => {
      late();
      signal.removeEventListener("abort", aborted);
      done(look);
      give.abort();
    };
    const aborted = () => finish(failure("The health check ended."));
    const late = clock.after(config.Type === "TCP" ? connectMs : answerMs, () => finish(timedOut));
    signal.addEventListener("abort", aborted);
    void give.look.then(finish);
  });
}

interface Attempt {
  look: Promise<Look>;
  abort(): void;
}

const refusedBy = ({ code, message }: NodeJS.ErrnoException) =>
  failure(code === "ECONNREFUSED" ? "Connection refused" : code === "ECONNRESET" ? "Connection reset by peer" : message);

function tryConnection({ Port }: HealthCheckConfig, address: string): Attempt {
  const socket = connect({ host: address, port: Port! });
  const look = new Promise<Look>((done) => {
    socket.once("error", (error) => done(refusedBy(error)));
    socket.once("connect", () => done({ passed: true, report: "Success: TCP connection established" }));
  });
  return { look, abort: () => void socket.destroy() };
}

function tryRequest(config: HealthCheckConfig, address: string): Attempt {
  const secure = config.Type!.startsWith("HTTPS");
  const name = config.FullyQualifiedDomainName;
  const sent = (secure ? secureRequest : request)({
    host: address,
    port: config.Port!,
    path: config.ResourcePath ?? "/",
    agent: false,
    // Health checks do not validate certificates.
    rejectUnauthorized: false,
    ...(secure && config.EnableSNI && name !== undefined && { servername: name }),
    headers: { Host: name ?? address, Connection: "close", "User-Agent": "Amazon-Route53-Health-Check-Service (https://amzn.to/1vsZADi)" },
  });
  const look = new Promise<Look>((done) => {
    sent.on("error", (error) => done(refusedBy(error)));
    sent.once("response", (response) => {
      const { statusCode: status = 0 } = response;
      const told = `HTTP Status Code ${status}, ${STATUS_CODES[status] ?? "Unknown"}`;
      if (status < 200 || status >= 400) {
        response.resume();
        return done(failure(told));
      }
      if (!config.Type!.endsWith("_STR_MATCH")) {
        response.resume();
        return done({ passed: true, report: `Success: ${told}` });
      }
      let body = "";
      response.setEncoding("latin1");
      response.on("data", (text: string) => (body += body.length < searchedBytes ? text : ""));
      response.once("error", (error) => done(refusedBy(error)));
      response.once("end", () => {
        const searched = Buffer.from(config.SearchString ?? "", "utf8").toString("latin1");
        const found = body.slice(0, searchedBytes).includes(searched);
        done(found ? { passed: true, report: `Success: ${told}` } : failure(`${told}. The search string was not found.`));
      });
    });
  });
  sent.end();
  return { look, abort: () => void sent.destroy() };
}
