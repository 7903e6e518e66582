/** A stack of 200 independent recorded resources: from CreateStack to CREATE_COMPLETE. */
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand } from "@aws-sdk/client-cloudformation";
import { type Benchmark, median, ms } from "../figure.ts";
import { clientSettings, startCloud } from "../measure.ts";

const count = 200;

const manyResources: Benchmark = async () => {
  await using cloud = await startCloud();
  const client = new CloudFormationClient(clientSettings(cloud.endpoint));
  const Resources = Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `Parameter${index}`,
      {
        Type: "AWS::SSM::Parameter",
        Properties: { Name: { "Fn::Sub": `/\${AWS::StackName}/${index}` }, Type: "String", Value: `value ${index}` },
      },
    ]),
  );
  const times: number[] = [];
  for (let run = 0; run < 4; run++) {
    const StackName = `many-${run}`;
    const startMs = performance.now();
    await client.send(new CreateStackCommand({ StackName, TemplateBody: JSON.stringify({ Resources }) }));
    for (;;) {
      const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
      const status = Stacks![0]!.StackStatus!;
      if (status === "CREATE_COMPLETE") break;
      if (status !== "CREATE_IN_PROGRESS") throw new Error(`the stack is ${status}: ${Stacks![0]!.StackStatusReason}`);
    }
    if (run > 0) times.push(performance.now() - startMs);
  }
  client.destroy();
  const totalMs = median(times);
  return [
    {
      name: `a stack of ${count} resources`,
      ours: ms(totalMs),
      reference: "-",
      value: totalMs / count,
      limit: { atMost: 5 },
      unit: "ms a resource",
    },
  ];
};
export default manyResources;
