/** `plan` of threa and of hana's production stage, cold, beside `node -e 0`. */
import { join } from "node:path";
import { type Benchmark, type Figure, ms } from "../figure.ts";
import { besideBareNode, plinth, root } from "../measure.ts";

const planOf = async (app: string, name: string, atMost: number): Promise<Figure> => {
  const { oursMs, bareMs } = await besideBareNode([plinth, "plan", "--app", join(root, "examples", app), "--stage", "prod", "--local"], 9);
  return { name, ours: ms(oursMs), reference: `${ms(bareMs)} node -e 0`, value: oursMs / bareMs, limit: { atMost } };
};

const plan: Benchmark = async () => [await planOf("threa", "plan of threa, cold", 8), await planOf("hana", "plan of hana prod, cold", 10)];
export default plan;
