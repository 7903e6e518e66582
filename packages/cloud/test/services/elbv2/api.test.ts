/** The API of Elastic Load Balancing through the official client: what is described, and AWS's answers to what is wrong. */
import { get } from "node:https";
import { createServer } from "node:net";
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { expect, test } from "vitest";
import { listLoadBalancers } from "../../../src/services/elbv2/routes.ts";
import { startSimulatedCloud, startTestCloud } from "../../cloud.ts";
import { startTestServer } from "../../server.ts";
import { createBalancer, createGroup, defaultNetwork, fixed, forwardTo, listen } from "./front.ts";

test("through the official client: made, described with AWS's defaults, found by name", async () => {
  await using server = await startTestServer();
  const client = new ElasticLoadBalancingV2Client(server.client);
  const { subnets, vpcId } = await defaultNetwork(server.call);
  const { LoadBalancers } = await client.send(
    new CreateLoadBalancerCommand({ Name: "front", Subnets: subnets, Tags: [{ Key: "a", Value: "b" }] }),
  );
  expect(LoadBalancers![0]).toMatchObject({
    Scheme: "internet-facing",
    State: { Code: "provisioning" },
    Type: "application",
    VpcId: vpcId,
  });
  const arn = LoadBalancers![0]!.LoadBalancerArn!;
  expect(arn).toMatch(/^arn:aws:elasticloadbalancing:[a-z0-9-]+:123456789012:loadbalancer\/app\/front\/[0-9a-f]{16}$/);
  const again = await client.send(new CreateLoadBalancerCommand({ Name: "front", Subnets: subnets, Tags: [{ Key: "a", Value: "b" }] }));
  expect(again.LoadBalancers![0]!.LoadBalancerArn).toBe(arn);
  const found = await client.send(new DescribeLoadBalancersCommand({ Names: ["front"] }));
  expect(found.LoadBalancers![0]!.State).toEqual({ Code: "active" });
  expect((await server.call("elbv2", "DescribeCapacityReservation", { LoadBalancerArn: arn })).CapacityReservationState).toEqual([]);

  const { TargetGroups } = await client.send(
    new CreateTargetGroupCommand({ Name: "app", Protocol: "HTTP", Port: 8080, VpcId: vpcId, TargetType: "ip" }),
  );
  expect(TargetGroups![0]).toMatchObject({
    HealthCheckEnabled: true,
    HealthCheckIntervalSeconds: 30,
    HealthCheckPath: "/",
    HealthCheckPort: "traffic-port",
    HealthCheckTimeoutSeconds: 5,
    HealthyThresholdCount: 5,
    UnhealthyThresholdCount: 2,
    Matcher: { HttpCode: "200" },
    ProtocolVersion: "HTTP1",
  });
  const group = TargetGroups![0]!.TargetGroupArn!;
  const host = LoadBalancers![0]!.DNSName!;
  const { port } = await listen(server.call, { arn, dnsName: host }, fixed("probe"));
  const { Listeners } = await client.send(new DescribeListenersCommand({ LoadBalancerArn: arn }));
  expect(Listeners![0]).toMatchObject({ Port: port, Protocol: "HTTP" });
  await expect(
    client.send(
      new CreateListenerCommand({
        LoadBalancerArn: arn,
        Port: port,
        Protocol: "HTTP",
        DefaultActions: [{ Type: "forward", TargetGroupArn: group }],
      }),
    ),
  ).rejects.toMatchObject({ name: "DuplicateListenerException" });
  await client.send(
    new CreateRuleCommand({
      ListenerArn: Listeners![0]!.ListenerArn!,
      Priority: 5,
      Conditions: [{ Field: "path-pattern", Values: ["/x"] }],
      Actions: [{ Type: "forward", TargetGroupArn: group }],
    }),
  );
  const { Rules } = await client.send(new DescribeRulesCommand({ ListenerArn: Listeners![0]!.ListenerArn! }));
  expect(Rules!.map(({ Priority, IsDefault }) => [Priority, IsDefault])).toEqual([
    ["5", false],
    ["default", true],
  ]);
  expect(Rules![0]).toMatchObject({
    Conditions: [{ Field: "path-pattern", Values: ["/x"], PathPatternConfig: { Values: ["/x"] } }],
    Actions: [
      {
        Type: "forward",
        TargetGroupArn: group,
        ForwardConfig: { TargetGroups: [{ TargetGroupArn: group, Weight: 1 }], TargetGroupStickinessConfig: { Enabled: false } },
      },
    ],
  });
  client.destroy();
});

test("what is wrong is said in AWS's words", async () => {
  await using held = await startSimulatedCloud();
  const { call } = held;
  const { vpcId, subnets } = await defaultNetwork(call);
  const fails = (promise: Promise<unknown>, code: string, message?: string) =>
    expect(promise).rejects.toMatchObject(message === undefined ? { code } : { code, message });
  await fails(call("elbv2", "CreateLoadBalancer", { Name: "x", Subnets: ["subnet-0123"] }), "SubnetNotFound");
  await fails(
    call("elbv2", "CreateLoadBalancer", { Name: "x", Subnets: subnets.slice(0, 1) }),
    "ValidationError",
    "At least two subnets in two different Availability Zones must be specified",
  );
  await fails(
    call("elbv2", "CreateLoadBalancer", { Name: "-x", Subnets: subnets }),
    "ValidationError",
    "The load balancer name '-x' cannot begin or end with '-'",
  );
  await fails(call("elbv2", "CreateLoadBalancer", { Name: "x", Subnets: subnets, Type: "network" }), "NotImplemented");
  await fails(
    call("elbv2", "CreateTargetGroup", { Name: "x", Protocol: "HTTP", Port: 80, VpcId: "vpc-0" }),
    "ValidationError",
    "The VPC ID 'vpc-0' is not found",
  );
  await fails(call("elbv2", "CreateTargetGroup", { Name: "x", Port: 80, VpcId: vpcId }), "ValidationError", "A protocol must be specified");
  await fails(
    createGroup(call, "x", { Matcher: { HttpCode: "abc" } }),
    "InvalidParameterValue",
    "HttpCode must be like 200 | 200-399 | 200,201 ...",
  );
  await fails(
    createGroup(call, "x", { HealthCheckIntervalSeconds: 10, HealthCheckTimeoutSeconds: 20 }),
    "ValidationError",
    "Health check timeout '20' must be smaller than the interval '10'",
  );
  const front = await createBalancer(call);
  const group = await createGroup(call, "app");
  await fails(
    call("elbv2", "CreateTargetGroup", { Name: "app", Protocol: "HTTP", Port: 81, VpcId: vpcId, TargetType: "ip" }),
    "DuplicateTargetGroupName",
  );
  const { arn, port } = await listen(call, front, forwardTo(group));
  await fails(
    call("elbv2", "DeleteTargetGroup", { TargetGroupArn: group }),
    "ResourceInUse",
    `Target group '${group}' is currently in use by a listener or a rule`,
  );
  const rule = (input: object) =>
    call("elbv2", "CreateRule", {
      ListenerArn: arn,
      Priority: 1,
      Conditions: [{ Field: "path-pattern", Values: ["/x"] }],
      Actions: fixed("x"),
      ...input,
    } as Parameters<typeof call<"elbv2", "CreateRule">>[2]);
  await fails(rule({ Conditions: [{ Field: "nonsense", Values: ["a"] }] }), "ValidationError");
  await fails(
    rule({ Conditions: [{ Field: "path-pattern", Values: ["a".repeat(129)] }] }),
    "ValidationError",
    "The 'path-pattern' value is too long; the limit is '128'",
  );
  await fails(
    rule({ Conditions: [{ Field: "http-request-method", HttpRequestMethodConfig: { Values: ["get"] } }] }),
    "ValidationError",
    "The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore",
  );
  await fails(
    rule({ Actions: [{ Type: "redirect", RedirectConfig: { StatusCode: "HTTP_301" } }] }),
    "InvalidLoadBalancerAction",
    "The redirect configuration is not valid because it creates a loop.",
  );
  await fails(rule({ Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "300" } }] }), "ValidationError");
  await fails(
    rule({ Actions: [{ Type: "forward", TargetGroupArn: `${group}0` }] }),
    "TargetGroupNotFound",
    `Target group '${group}0' not found`,
  );
  await fails(rule({ Actions: [{ Type: "authenticate-oidc" }] }), "NotImplemented");
  await rule({});
  await fails(rule({}), "PriorityInUse", "Priority '1' is currently in use");
  await fails(call("elbv2", "DescribeListeners", {}), "ValidationError", "You must specify either listener ARNs or a load balancer ARN");
  await fails(
    call("elbv2", "RegisterTargets", { TargetGroupArn: group, Targets: [{ Id: "8.8.8.8" }] }),
    "ValidationError",
    "The IP address '8.8.8.8' is not within a range that can be registered",
  );
  const set = (...Attributes: { Key: string; Value: string }[]) =>
    call("elbv2", "ModifyTargetGroupAttributes", { TargetGroupArn: group, Attributes });
  await fails(
    set({ Key: "deregistration_delay.timeout_seconds", Value: "4000" }),
    "ValidationError",
    "'deregistration_delay.timeout_seconds' value '4000' must be between '0-3600' inclusive",
  );
  await fails(
    set({ Key: "stickiness.type", Value: "app_cookie" }),
    "InvalidConfigurationRequest",
    "You must set an application cookie name to enable stickiness of type 'app_cookie'",
  );
  await fails(set({ Key: "nonsense", Value: "1" }), "ValidationError", "Target group attribute key 'nonsense' is not recognized");
  const protect = (Value: string) =>
    call("elbv2", "ModifyLoadBalancerAttributes", {
      LoadBalancerArn: front.arn,
      Attributes: [{ Key: "deletion_protection.enabled", Value }],
    });
  await protect("true");
  await fails(
    call("elbv2", "DeleteLoadBalancer", { LoadBalancerArn: front.arn }),
    "OperationNotPermitted",
    `Load balancer '${front.arn}' cannot be deleted because deletion protection is enabled`,
  );
  await protect("false");
  await call("elbv2", "DeleteLoadBalancer", { LoadBalancerArn: front.arn });
  await fails(call("elbv2", "DescribeLoadBalancers", { LoadBalancerArns: [front.arn] }), "LoadBalancerNotFound");
  await expect(fetch(`http://${front.dnsName.replace(/:\d+$/, "")}:${port}`)).rejects.toThrow("fetch failed");
  await call("elbv2", "DeleteTargetGroup", { TargetGroupArn: group });
});

test("after a restart the same listeners answer at the same place, and sticky cookies hold", async () => {
  await using held = await startTestCloud();
  const front = await createBalancer(held.call);
  const { url } = await listen(held.call, front, fixed("still here"));
  expect(await (await fetch(url)).text()).toBe("still here");
  await held.cloud.stop();
  await expect(fetch(url)).rejects.toThrow("fetch failed");
  await held.cloud.start();
  expect(await (await fetch(url)).text()).toBe("still here");
  await held.cloud.reset();
  await expect(fetch(url)).rejects.toThrow("fetch failed");
  expect((await held.call("elbv2", "DescribeLoadBalancers", {})).LoadBalancers).toEqual([]);
});

test("a program outside that took a port at a restart keeps neither the cloud nor other load balancers from starting", async () => {
  await using held = await startTestCloud();
  const [one, two] = [await createBalancer(held.call, "one"), await createBalancer(held.call, "two")];
  const [first, second] = [await listen(held.call, one, fixed("one")), await listen(held.call, two, fixed("two"))];
  await held.cloud.stop();
  const intruder = createServer();
  await new Promise<void>((done) => intruder.listen(first.port, first.host, done));
  try {
    await held.cloud.start();
    expect(await (await fetch(second.url)).text()).toBe("two");
    // It listens elsewhere, and says where.
    const listed = listLoadBalancers(held.cloud).flatMap(({ listeners }) => listeners);
    const moved = listed.find(({ listenerArn }) => listenerArn === first.arn)!;
    expect(moved.url).not.toBe(first.url);
    expect(await (await fetch(moved.url)).text()).toBe("one");
  } finally {
    await new Promise((done) => intruder.close(done));
  }
});

test("a stack makes all of it, its outputs can be called, and it goes without a trace", async () => {
  await using held = await startTestCloud();
  const { call } = held;
  const { subnets, vpcId } = await defaultNetwork(call);
  const zone = (await call("route53", "CreateHostedZone", { Name: "example.com", CallerReference: "1" })).HostedZone!.Id!;
  const template = (body: string) =>
    JSON.stringify({
      Resources: {
        Front: {
          Type: "AWS::ElasticLoadBalancingV2::LoadBalancer",
          Properties: {
            Subnets: subnets,
            LoadBalancerAttributes: [{ Key: "idle_timeout.timeout_seconds", Value: "120" }],
            Tags: [{ Key: "own", Value: "1" }],
          },
        },
        Group: {
          Type: "AWS::ElasticLoadBalancingV2::TargetGroup",
          Properties: {
            Port: 80,
            Protocol: "HTTP",
            VpcId: vpcId,
            TargetType: "ip",
            TargetGroupAttributes: [{ Key: "deregistration_delay.timeout_seconds", Value: "5" }],
          },
        },
        Certificate: {
          Type: "AWS::CertificateManager::Certificate",
          Properties: {
            DomainName: "app.example.com",
            ValidationMethod: "DNS",
            DomainValidationOptions: [{ DomainName: "app.example.com", HostedZoneId: zone }],
          },
        },
        Plain: {
          Type: "AWS::ElasticLoadBalancingV2::Listener",
          Properties: {
            LoadBalancerArn: { Ref: "Front" },
            Port: 80,
            Protocol: "HTTP",
            DefaultActions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "200", MessageBody: body } }],
          },
        },
        Secure: {
          Type: "AWS::ElasticLoadBalancingV2::Listener",
          Properties: {
            LoadBalancerArn: { Ref: "Front" },
            Port: 443,
            Protocol: "HTTPS",
            Certificates: [{ CertificateArn: { Ref: "Certificate" } }],
            DefaultActions: [{ Type: "forward", TargetGroupArn: { Ref: "Group" } }],
          },
        },
        Rule: {
          Type: "AWS::ElasticLoadBalancingV2::ListenerRule",
          Properties: {
            ListenerArn: { Ref: "Plain" },
            Priority: 10,
            Conditions: [{ Field: "path-pattern", Values: ["/group/*"] }],
            Actions: [{ Type: "forward", TargetGroupArn: { Ref: "Group" } }],
          },
        },
      },
      Outputs: {
        Url: { Value: { "Fn::Sub": "http://${Front.DNSName}" } },
        FullName: { Value: { "Fn::GetAtt": ["Front", "LoadBalancerFullName"] } },
        GroupName: { Value: { "Fn::GetAtt": ["Group", "TargetGroupFullName"] } },
      },
    });
  const settled = async () => {
    const status = async () => (await call("cloudformation", "DescribeStacks", { StackName: "edge" })).Stacks![0]!;
    await expect.poll(async () => (await status()).StackStatus, { interval: 20 }).not.toMatch(/_IN_PROGRESS$/);
    const stack = await status();
    return {
      status: stack.StackStatus,
      outputs: Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])),
    };
  };
  await call("cloudformation", "CreateStack", { StackName: "edge", TemplateBody: template("first") });
  const made = await settled();
  expect(made.status).toBe("CREATE_COMPLETE");
  expect(made.outputs["FullName"]).toMatch(/^app\/edge-Front-[A-Za-z0-9]+\/[0-9a-f]{16}$/);
  expect(made.outputs["GroupName"]).toMatch(/^targetgroup\/edge-Group-/);
  // Whatever the port: the address that the stack puts out answers.
  const url = made.outputs["Url"]!;
  expect(await (await fetch(url)).text()).toBe("first");
  expect((await fetch(`${url}/group/x`)).status).toBe(503);
  const secure = await new Promise<number | undefined>((done, fail) => {
    const sent = get(url.replace("http:", "https:"), { rejectUnauthorized: false, agent: false });
    sent.once("response", (response) => {
      response.resume();
      done(response.statusCode);
    });
    sent.once("error", fail);
  });
  expect(secure).toBe(503);
  await call("cloudformation", "UpdateStack", { StackName: "edge", TemplateBody: template("second") });
  expect((await settled()).status).toBe("UPDATE_COMPLETE");
  expect(await (await fetch(url)).text()).toBe("second");
  await call("cloudformation", "DeleteStack", { StackName: "edge" });
  await expect.poll(async () => (await call("elbv2", "DescribeLoadBalancers", {})).LoadBalancers!.length, { interval: 20 }).toBe(0);
  await expect.poll(async () => (await call("acm", "ListCertificates", {})).CertificateSummaryList!.length, { interval: 20 }).toBe(0);
  await expect(fetch(url)).rejects.toThrow("fetch failed");
});
