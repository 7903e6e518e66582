/** HTTPS listeners: the local authority's certificates, several by name, HTTP/2, and certificates imported anew. */
import { connect as connectHttp2 } from "node:http2";
import { request } from "node:https";
import { readFile } from "node:fs/promises";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { authorityFile } from "../../../src/runtime/authority.ts";
import { startTestCloud, type TestCloud } from "../../cloud.ts";
import { proveDomain } from "../acm/proof.ts";
import { createBalancer, createGroup, fixed, forwardTo, listen, registerHealthy, startBackend } from "./front.ts";

async function issued({ call }: TestCloud, DomainName: string): Promise<string> {
  const { CertificateArn } = await call("acm", "RequestCertificate", { DomainName, ValidationMethod: "DNS" });
  await proveDomain(call, CertificateArn!, "example.com");
  await expect
    .poll(async () => (await call("acm", "DescribeCertificate", { CertificateArn: CertificateArn! })).Certificate!.Status, {
      interval: 10,
    })
    .toBe("ISSUED");
  return CertificateArn!;
}

test("TLS ends here: names choose certificates, HTTP/2 and HTTP/1.1 on one port, targets are told", async () => {
  await using test = await startTestCloud();
  await using backend = await startBackend((asked, response) => {
    response.setHeader("Set-Cookie", ["a=1", "b=2"]);
    let body = "";
    asked.on("data", (chunk: Buffer) => (body += chunk.toString()));
    asked.on("end", () => response.end(JSON.stringify({ headers: asked.headers, body, url: asked.url })));
  });
  const [one, two] = [await issued(test, "one.example.com"), await issued(test, "*.two.example.com")];
  const front = await createBalancer(test.call);
  const group = await createGroup(test.call, "app");
  const place = await listen(test.call, front, forwardTo(group), {
    Protocol: "HTTPS",
    Certificates: [{ CertificateArn: one }],
    SslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
  });
  await test.call("elbv2", "AddListenerCertificates", { ListenerArn: place.arn, Certificates: [{ CertificateArn: two }] });
  await test.call("elbv2", "ModifyLoadBalancerAttributes", {
    LoadBalancerArn: front.arn,
    Attributes: [{ Key: "routing.http.x_amzn_tls_version_and_cipher_suite.enabled", Value: "true" }],
  });
  const elsewhere = one.replace(":eu-central-1:", ":eu-west-1:");
  await expect(
    test.call("elbv2", "AddListenerCertificates", { ListenerArn: place.arn, Certificates: [{ CertificateArn: elsewhere }] }),
  ).rejects.toMatchObject({ code: "CertificateNotFound" });
  await registerHealthy(test.call, group, backend.port);
  const ca = await readFile(await authorityFile(test.cloud), "utf8");

  const named = (servername: string) =>
    new Promise<string>((done, fail) => {
      const socket: TLSSocket = connectTls({ host: place.host, port: place.port, servername, ca }, () => {
        done(`${socket.getPeerCertificate().subjectaltname} ${socket.getProtocol()}`);
        socket.destroy();
      });
      socket.on("error", fail);
    });
  expect(await named("one.example.com")).toBe("DNS:one.example.com TLSv1.3");
  expect(await named("api.two.example.com")).toBe("DNS:*.two.example.com TLSv1.3");
  await expect(named("other.example.com")).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });

  const first = await new Promise<string>((done, fail) => {
    const sent = request(
      { host: place.host, port: place.port, servername: "one.example.com", ca, agent: false, path: "/h1" },
      (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () => done(text));
      },
    );
    sent.on("error", fail);
    sent.end();
  });
  expect(JSON.parse(first)).toMatchObject({
    url: "/h1",
    headers: {
      "x-forwarded-proto": "https",
      "x-amzn-tls-version": "TLSv1.3",
      "x-amzn-tls-cipher-suite": expect.stringMatching(/^TLS_/) as string,
    },
  });

  const session = connectHttp2(`https://${place.host}:${place.port}`, { ca, servername: "one.example.com" });
  const ask = (path: string, body?: string) =>
    new Promise<{ status: unknown; cookies: unknown; text: string }>((done, fail) => {
      const stream = session.request({ ":method": body === undefined ? "GET" : "POST", ":path": path, cookie: "x=1" });
      let text = "";
      let head: Record<string, unknown> = {};
      stream.on("response", (headers) => (head = headers));
      stream.on("data", (chunk: Buffer) => (text += chunk.toString()));
      stream.on("end", () => done({ status: head[":status"], cookies: head["set-cookie"], text }));
      stream.on("error", fail);
      stream.end(body);
    });
  const both = await Promise.all([ask("/a"), ask("/b", "hello over h2")]);
  expect(both.map(({ status, cookies }) => [status, cookies])).toEqual([
    [200, ["a=1", "b=2"]],
    [200, ["a=1", "b=2"]],
  ]);
  expect(JSON.parse(both[1]!.text)).toMatchObject({
    body: "hello over h2",
    url: "/b",
    headers: { cookie: "x=1", "transfer-encoding": "chunked" },
  });
  session.close();

  await expect(test.call("acm", "DeleteCertificate", { CertificateArn: two })).rejects.toMatchObject({ code: "ResourceInUseException" });
  expect((await test.call("acm", "DescribeCertificate", { CertificateArn: two })).Certificate!.InUseBy).toEqual([front.arn]);
  await test.call("elbv2", "RemoveListenerCertificates", { ListenerArn: place.arn, Certificates: [{ CertificateArn: two }] });
  await test.call("acm", "DeleteCertificate", { CertificateArn: two });
});

test("without HTTP/2 the client is offered HTTP/1.1 alone, and an HTTPS listener needs a certificate", async () => {
  await using test = await startTestCloud();
  const front = await createBalancer(test.call);
  await expect(listen(test.call, front, fixed("x"), { Protocol: "HTTPS" })).rejects.toMatchObject({
    code: "ValidationError",
    message: "A certificate must be specified for HTTPS listeners",
  });
  const place = await listen(test.call, front, fixed("x"), {
    Protocol: "HTTPS",
    Certificates: [{ CertificateArn: await issued(test, "one.example.com") }],
  });
  const offered = () =>
    new Promise((done, fail) => {
      const socket = connectTls(
        { host: place.host, port: place.port, ALPNProtocols: ["h2", "http/1.1"], rejectUnauthorized: false },
        () => {
          done(socket.alpnProtocol);
          socket.destroy();
        },
      );
      socket.on("error", fail);
    });
  expect(await offered()).toBe("h2");
  await test.call("elbv2", "ModifyLoadBalancerAttributes", {
    LoadBalancerArn: front.arn,
    Attributes: [{ Key: "routing.http2.enabled", Value: "false" }],
  });
  expect(await offered()).toBe("http/1.1");
});
