/** The names of a load balancer: several of them, zones that are made, certificates given from outside. */
import { app, image, loadBalancer, service, type LoadBalancerOptions } from "@plinth/language";
import { expect, test } from "vitest";
import { assemblyOf, faultsOf, propertiesOf, resourcesOf } from "./compile-app.ts";

const shop = (options: Partial<LoadBalancerOptions>, region: "eu-central-1" | "us-east-1" = "eu-central-1") =>
  app("shop", { region }, () => {
    const web = service({ image: image(), port: 3000 });
    const entry = loadBalancer({ routes: { "/*": web }, ...options } as LoadBalancerOptions<{ "/*": typeof web }>);
    return { web, entry };
  });

const several = shop({
  domain: [
    { name: "example.com", zone: "example.com" },
    { name: "www.example.com", zone: "example.com" },
    { name: "shop.example.org", zone: "example.org", createZone: true },
  ],
});

test("several names: a certificate and a record for each, the first on the listener, one parameter for each zone", () => {
  const assembly = assemblyOf(several);
  const ids = Object.keys(resourcesOf(assembly, "compute")).filter((id) => /Certificate|Alias/.test(id));
  expect(ids).toEqual([
    "EntryCertificate",
    "EntryWwwExampleComCertificate",
    "EntryShopExampleOrgCertificate",
    "EntryWwwExampleComListenerCertificate",
    "EntryShopExampleOrgListenerCertificate",
    "EntryAlias",
    "EntryWwwExampleComAlias",
    "EntryShopExampleOrgAlias",
  ]);
  expect(propertiesOf(assembly, "compute", "EntryHttps")["Certificates"]).toEqual([{ CertificateArn: { Ref: "EntryCertificate" } }]);
  expect(propertiesOf(assembly, "compute", "EntryShopExampleOrgListenerCertificate")).toEqual({
    ListenerArn: { Ref: "EntryHttps" },
    Certificates: [{ CertificateArn: { Ref: "EntryShopExampleOrgCertificate" } }],
  });
  expect(propertiesOf(assembly, "compute", "EntryShopExampleOrgAlias")).toMatchObject({
    HostedZoneId: { Ref: "EntryHostedZoneExampleOrg" },
    Name: "shop.example.org",
  });
  const { parameters } = assembly.stacks.find(({ layer }) => layer === "compute")!;
  expect(parameters).toMatchObject({
    EntryHostedZone: { from: "hosted-zone", zone: "example.com" },
    EntryHostedZoneExampleOrg: { from: "hosted-zone", zone: "example.org", create: true },
  });
  expect(assembly.outputs["entry"]!["url"]).toEqual({ from: "value", value: "https://example.com" });
  expect(assembly.leaves).toEqual([
    "the zone example.org in Route 53, which its registrar leads to: delete it when nothing lies in it any more",
  ]);
});

test("a name by itself and the first of several are the same resources", () => {
  const alone = assemblyOf(shop({ domain: { name: "example.com", zone: "example.com" } }));
  const more = resourcesOf(assemblyOf(several), "compute");
  for (const [id, resource] of Object.entries(resourcesOf(alone, "compute"))) expect([id, more[id]]).toEqual([id, resource]);
});

test("a certificate from outside stands in place of the domains' own; one of another region is refused", () => {
  const certificate = "arn:aws:acm:eu-central-1:123456789012:certificate/1" as const;
  const assembly = assemblyOf(shop({ certificate, domain: { name: "example.com", zone: "example.com" } }));
  expect(propertiesOf(assembly, "compute", "EntryHttps")["Certificates"]).toEqual([{ CertificateArn: certificate }]);
  expect(Object.keys(resourcesOf(assembly, "compute")).filter((id) => /Certificate|Alias/.test(id))).toEqual(["EntryAlias"]);
  expect(faultsOf(shop({ certificate }, "us-east-1")).map(({ message }) => message)).toEqual([
    "entry: certificate lies in eu-central-1, and a load balancer takes only those of its own region: request or import one in us-east-1",
  ]);
});

test("a name outside its zone, and one name twice, are refused", () => {
  const domain = { name: "example.com", zone: "example.com" };
  expect(faultsOf(shop({ domain: { name: "api.example.net", zone: "example.com" } })).map(({ message }) => message)).toEqual([
    'entry: domain.name is "api.example.net", which does not lie in the zone example.com',
  ]);
  expect(faultsOf(shop({ domain: [domain, domain] })).map(({ message }) => message)).toEqual(["entry is example.com twice: keep one"]);
});
