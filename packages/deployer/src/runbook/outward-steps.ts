/** The way out: what each layer, image, check and run before the services waits for, so that what is independent goes on at once. */
import type { Image, Run } from "@plinth/compiler";
import { imagesOf } from "../chosen-layers.ts";
import { step, type Deployment } from "../deployment.ts";
import type { GraphStep } from "../graph.ts";
import { imageBuilder } from "../images/image-builder.ts";
import { makeImage } from "../images/make-image.ts";
import type { Notes } from "../notes.ts";
import { outputOf } from "../parameters.ts";
import { missingSecrets, secretsMissing, secretStates } from "../secrets/slots.ts";
import { administerDatabase } from "../tasks/administration.ts";
import { migrate } from "../tasks/migration.ts";
import { uploadWebFiles } from "../web-files.ts";
import type { DeployRun } from "./deploy-run.ts";
import { updateLayer } from "./layer-update.ts";

export interface Outward {
  layers: ReadonlySet<string> | undefined;
  commandOptions: string;
  left(stack: string): void;
}

/** The layers that stand before any secret has to have a value; a queue is told of a bucket's changes, so messaging may come before storage. */
const beforeSecrets: ReadonlySet<string> = new Set(["network", "storage", "secrets", "messaging"]);

/** The steps of the way out, each with those that it waits for. `left` hears of stacks from which something is to be taken away. */
export function outwardSteps(run: DeployRun, { layers, commandOptions, left }: Outward): GraphStep[] {
  const { deployment, chosen, images, progress } = run;
  const { aws, assembly } = deployment;
  const { stacks } = progress;
  const builder = imageBuilder(deployment, run.account);
  const steps: GraphStep[] = [];
  const { administrations, migrations } = chosen;
  const services = chosen.stacks.filter(({ layer }) => layer === "compute");
  for (const stack of chosen.stacks) {
    const needsImages = imagesOf(stack).map((name) => `image ${name}`);
    const gates = beforeSecrets.has(stack.layer) ? [] : ["secrets"];
    // Pages of the new version name its files: they are there before it is.
    const webFiles = (assembly.webFiles ?? []).map(({ name }) => `files ${name}`);
    const waitsFor = services.includes(stack) ? [...[...migrations, ...administrations].map(({ name }) => `run ${name}`), ...webFiles] : [];
    steps.push({
      id: stack.name,
      after: [...stack.dependsOn, ...new Set(needsImages), ...gates, ...waitsFor],
      async act() {
        if (await updateLayer(run, stack, true)) left(stack.name);
      },
    });
  }
  // Two targets of one Dockerfile share stages: the second finds them built. In the embedded cloud nothing is built.
  const sameContext = ({ name, context }: Image) => {
    const before = aws.embedded
      ? []
      : chosen.images.slice(
          0,
          chosen.images.findIndex((one) => one.name === name),
        );
    return before.filter((one) => one.context === context).map((one) => `image ${one.name}`);
  };
  for (const image of chosen.images.filter(({ name }) => !images.has(name))) {
    steps.push({
      id: `image ${image.name}`,
      after: [image.repository.stack, ...sameContext(image)],
      act: () =>
        step(deployment, "image", image.name, async () => {
          const uri = outputOf(stacks, image.repository, image.name);
          const { address, present } = await makeImage(deployment, image, uri, builder);
          images.set(image.name, address);
          if (!present) progress.changed = true;
          return { value: undefined, detail: present ? "unchanged" : "pushed", skipped: present };
        }),
    });
  }
  for (const files of assembly.webFiles ?? []) {
    const image = chosen.images.find(({ name }) => name === files.image);
    // On AWS the image's build makes them, out of this machine's reach: there the server gives them.
    if (!image || !aws.embedded) continue;
    steps.push({
      id: `files ${files.name}`,
      after: [`image ${image.name}`, files.bucket.stack],
      act: () => step(deployment, "files", files.name, () => uploadWebFiles(deployment, files, image, stacks)),
    });
  }
  // Where no layer needs their values, nobody has to have set them.
  const needsSecrets = !layers || chosen.stacks.some(({ layer }) => !beforeSecrets.has(layer));
  const checking: GraphStep = {
    id: "secrets",
    after: [
      ...assembly.stacks.filter(({ layer }) => beforeSecrets.has(layer)).map(({ name }) => name),
      ...chosen.images.map(({ name }) => `image ${name}`),
    ],
    act: () => step(deployment, "secrets", "secrets", () => checkSecrets(run, commandOptions)),
  };
  if (needsSecrets) steps.push(checking);
  let previous: string[] = [];
  for (const one of [...administrations, ...migrations]) {
    const administers = one.purpose === "database-administration";
    const sameDatabase = administrations
      .slice(0, administrations.indexOf(one))
      .filter(
        ({ taskDefinition }) => taskDefinition.stack === one.taskDefinition.stack && taskDefinition.output === one.taskDefinition.output,
      )
      .map(({ name }) => `run ${name}`);
    steps.push({
      id: `run ${one.name}`,
      // Databases are administered at once, each by one run after the other: two would make the same role in the same moment.
      // Migrations follow in the order in which the app names them.
      after: [
        one.taskDefinition.stack,
        ...(administers ? sameDatabase : [...administrations.map(({ name }) => `run ${name}`), ...previous]),
      ],
      act: () => step(deployment, administers ? "database-administration" : "migration", one.name, () => runOnce(run, one, administers)),
    });
    if (!administers) previous = [`run ${one.name}`];
  }
  // What is not deployed now stands already: nothing waits for it.
  const known = new Set(steps.map(({ id }) => id));
  return steps.map((each) => ({ ...each, after: each.after.filter((id) => known.has(id)) }));
}

async function checkSecrets(run: DeployRun, commandOptions: string) {
  const { aws, assembly } = run.deployment;
  const secrets = await secretStates(aws, assembly.secrets);
  run.secrets = secrets;
  const missing = missingSecrets(secrets);
  if (missing.length > 0) throw secretsMissing(assembly, missing, commandOptions);
  const present = secrets.filter(({ version }) => version !== undefined).length;
  return { value: undefined, detail: `${present} of ${secrets.length} set`, skipped: secrets.length === 0 };
}

async function runOnce({ deployment, progress }: DeployRun, one: Run, administers: boolean) {
  const act: (deployment: Deployment, one: Run, at: typeof progress.stacks, notes: Notes) => Promise<boolean> = administers
    ? administerDatabase
    : migrate;
  const ran = await act(deployment, one, progress.stacks, progress.notes);
  if (ran) progress.changed = true;
  if (ran && !administers) progress.migrated(one.name);
  return { value: undefined, detail: ran ? "done" : "unchanged", skipped: !ran };
}
