/** From starting the embedded cloud's process on an empty folder to its first answer, beside `node -e 0`. */
import { type Benchmark, median, ms } from "../figure.ts";
import { residentBytes, startCloud, wallMs } from "../measure.ts";

const cloudReady: Benchmark = async () => {
  const ready: number[] = [];
  const bare: number[] = [];
  let residentMb = 0;
  for (let run = 0; run < 7; run++) {
    await using cloud = await startCloud();
    await fetch(`${cloud.endpoint}/_plinth/health`);
    ready.push(cloud.readyMs);
    residentMb = residentBytes(cloud.pid) / 2 ** 20;
    bare.push(await wallMs(["-e", "0"]));
  }
  const [oursMs, bareMs] = [median(ready), median(bare)];
  return [
    { name: "embedded cloud ready", ours: ms(oursMs), reference: `${ms(bareMs)} node -e 0`, value: oursMs / bareMs, limit: { atMost: 10 } },
    {
      name: "embedded cloud, empty: memory",
      ours: `${residentMb.toFixed(0)} MB`,
      reference: "-",
      value: residentMb,
      limit: { atMost: 150 },
      unit: "MB",
    },
  ];
};
export default cloudReady;
