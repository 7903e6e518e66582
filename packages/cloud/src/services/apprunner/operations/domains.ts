/** Operations on the custom domains of a service. */
import { operation } from "../../../service.ts";
import { describeDomain, newDomain, proveDomains } from "../domains.ts";
import { check, invalidRequest, invalidState, resourceNotFound } from "../errors.ts";
import { fleetOf } from "../fleet.ts";
import { page } from "../pages.ts";
import { changeService, requireService, type ServiceRecord, services, urlOf } from "../service.ts";

const mostDomains = 5;

const around = (record: ServiceRecord) => ({ DNSTarget: urlOf(record), ServiceArn: record.arn, VpcDNSTargets: [] });

export const associateCustomDomain = operation("apprunner", "AssociateCustomDomain", async (input, context) => {
  const { DomainName: given, EnableWWWSubdomain: withWww = true } = input;
  check({ domainName: [given, { length: [1, 255], pattern: "[A-Za-z0-9*.-]{1,255}" }] });
  const name = given.toLowerCase();
  const record = requireService(context, input.ServiceArn);
  if (record.status !== "RUNNING") throw invalidState("associated with a custom domain", record.status);
  if (!/^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/.test(name))
    throw invalidRequest(`Invalid domain name: ${given}.`);
  const isTaken = services(context).some(({ status, domains }) => status !== "DELETED" && domains.some((each) => each.name === name));
  if (isTaken) throw invalidRequest(`The domain ${name} is already associated with a service.`);
  if (record.domains.length >= mostDomains) throw invalidRequest(`A service can have at most ${mostDomains} custom domains.`);
  const domain = newDomain(context, name, withWww);
  changeService(context, record.arn, ({ domains }) => void domains.push(domain));
  context.cloud.inBackground("apprunner: looking for a domain's records", proveDomains(context, record.arn));
  return { ...around(record), CustomDomain: describeDomain(domain, "CREATING") };
});

export const describeCustomDomains = operation("apprunner", "DescribeCustomDomains", (input, context) => {
  const record = requireService(context, input.ServiceArn);
  const all = record.domains.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const { items, NextToken } = page(all, input, `domains ${record.arn}`, ({ name }) => name, 5);
  return { ...around(record), CustomDomains: items.map((each) => describeDomain(each)), ...(NextToken !== undefined && { NextToken }) };
});

export const disassociateCustomDomain = operation("apprunner", "DisassociateCustomDomain", async (input, context) => {
  const record = requireService(context, input.ServiceArn);
  const domain = record.domains.find(({ name }) => name === input.DomainName.toLowerCase());
  if (!domain) throw resourceNotFound(`CustomDomain ${input.DomainName}`, record.arn);
  changeService(context, record.arn, (now) => (now.domains = now.domains.filter(({ name }) => name !== domain.name)));
  await fleetOf(context, record.arn).renewFront();
  return { ...around(record), CustomDomain: describeDomain(domain, "DELETING") };
});
