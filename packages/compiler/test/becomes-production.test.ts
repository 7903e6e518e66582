/** A stage that becomes a production stage gets all that it then has beyond the others in place: nothing of it is made anew. */
import { alarms, app, aurora, bucket, image, loadBalancer, postgres, queue, redis, secret, service, topic, vpc } from "@plinth/language";
import { diffTemplates } from "@plinth/cloudformation";
import { expect, test } from "vitest";
import { assemblyOf } from "./compile-app.ts";

const assembly = (production: "prod"[]) =>
  assemblyOf(
    app("shop", { region: "eu-central-1", stages: ["prod"], production }, () => {
      const network = vpc({ natGateways: 1, flowLogs: true });
      const database = postgres();
      const logged = postgres({ logs: { retain: "30 days" } });
      const events = aurora({ proxy: true, readers: 1 });
      const cache = redis();
      const changes = queue({ fifo: true });
      const plain = queue();
      const orders = topic({ to: [plain] });
      const uploads = bucket({ notify: { to: plain } });
      const key = secret();
      const env = { A: database, B: logged, C: events, D: cache, E: changes.send, F: orders.publish, G: uploads.readWrite, H: key };
      const web = service({ image: image(), port: 80, env });
      const entry = loadBalancer({ routes: { "/*": web } });
      const alerts = alarms({ email: "ops@example.com" });
      return { network, database, logged, events, cache, changes, plain, orders, uploads, key, web, entry, alerts };
    }),
  );

test("nothing is made anew", () => {
  const [before, after] = [assembly([]), assembly(["prod"])];
  expect(after.production).toBe(true);
  for (const { name, template } of before.stacks) {
    const next = after.stacks.find((stack) => stack.name === name)!;
    const anew = diffTemplates(template, next.template).filter(({ action }) => action === "replace" || action === "perhaps-replace");
    expect([name, anew.map(({ logicalId, type }) => [logicalId, type])]).toEqual([name, []]);
  }
});
