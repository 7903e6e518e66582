/** Brings a file or folder of a file system back from a copy of AWS Backup; what is in its place is kept beside it. */
import { DeployError } from "../deploy-error.ts";
import { step, type Deployment } from "../deployment.ts";
import { mustSucceed, runTask } from "../tasks/run-task.ts";
import { bringBeside, fileSystemPoints, type FileSystemPoint, type StageFileSystem } from "./file-system-backups.ts";

/** The last copy, that one, or the last one that was made by then. */
export type PointChoice = { latest: true } | { id: string } | { at: Date };

export interface RestoredPath {
  fileSystem: string;
  /** As programs see it, from where they mount it. */
  path: string;
  from: FileSystemPoint;
  /** Where what was there before lies now; absent: nothing was there. */
  kept?: string;
}

/** Marks the line that is meant for us. */
const mark = "plinth:kept ";

/**
 * Runs where the whole file system is mounted. AWS Backup names its directories by the time, so the last one that has it is ours. The last
 * step is a rename: whoever reads sees the old or the new. Folders that are made have the owner of the programs' folder.
 */
const placing = `set -eu
cd "$MOUNT_PATH"
found=
for each in aws-backup-restore_*; do
  if [ -e "$each$WANTED" ] || [ -L "$each$WANTED" ]; then found=$each; fi
done
if [ -z "$found" ]; then echo "AWS Backup has brought nothing back" >&2; exit 3; fi
to=".$DATA_FOLDER/$PLACE"
if [ -e "$to" ] || [ -L "$to" ]; then mv "$to" "$to.before-$STAMP"; echo "${mark}$PLACE.before-$STAMP"; fi
owner=$(stat -c %u:%g ".$DATA_FOLDER")
parent=$(dirname "$to")
missing=
while [ ! -d "$parent" ]; do
  missing="$parent
$missing"
  parent=$(dirname "$parent")
done
printf %s "$missing" | while read -r each; do mkdir "$each"; chown "$owner" "$each"; done
mv "$found$WANTED" "$to"
rm -rf "$found"`;

/** @param given the path from where programs mount it; `.` for all, which comes into a folder of its own. @throws DeployError */
export async function restorePath(
  deployment: Deployment,
  fileSystem: StageFileSystem,
  given: string,
  choice: PointChoice,
): Promise<RestoredPath> {
  const { aws, time, signal } = deployment;
  const { name, described, stacks } = fileSystem;
  const wanted = given.split("/").filter((part) => part !== "" && part !== ".");
  if (wanted.includes(".."))
    throw new DeployError("out-of-bounds", `${given} leads outside of ${name}.`, { remedy: "Name a path below it." });
  const path = wanted.join("/");
  const from = choose(name, await fileSystemPoints(aws, fileSystem), choice);
  const stamp = new Date(time.now()).toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  const place = path === "" ? `restored-${stamp}` : path;
  return step(deployment, "restore", `${name}/${place}`, async () => {
    // Of all the copy, what programs see is wanted; the rest is what administers it.
    const whole = path === "" ? described.dataFolder : `${described.dataFolder}/${path}`;
    await bringBeside(deployment, fileSystem, from, whole);
    let kept: string | undefined;
    const result = await runTask(aws, time, signal, {
      run: described.administration,
      stacks,
      env: {
        SCRIPT: placing,
        MOUNT_PATH: described.mountPath,
        DATA_FOLDER: described.dataFolder,
        WANTED: whole,
        PLACE: place,
        STAMP: stamp,
      },
      onLine: (line) => {
        if (line.startsWith(mark)) kept = line.slice(mark.length).trim();
      },
      startedBy: "plinth files restore",
    });
    mustSucceed(
      `that puts ${place} in its place`,
      result,
      "What AWS Backup has brought lies in aws-backup-restore_… at the root of the file system.",
    );
    const value = { fileSystem: name, path: place, from, ...(kept !== undefined && { kept }) };
    return { value, detail: `as of ${from.at}` };
  });
}

function choose(name: string, points: FileSystemPoint[], choice: PointChoice): FileSystemPoint {
  const found =
    "id" in choice
      ? points.find(({ id, arn }) => id === choice.id || arn === choice.id)
      : "at" in choice
        ? points.find(({ at }) => at <= choice.at.toISOString())
        : points[0];
  if (found) return found;
  const oldest = points.at(-1);
  const what =
    "id" in choice ? `no copy ${choice.id}` : "at" in choice ? `no copy that was made before ${choice.at.toISOString()}` : "no copy yet";
  throw new DeployError("not-found", `The file system ${name} has ${what}.`, {
    remedy: oldest
      ? `plinth files restore ${name} . --list shows those that there are; the oldest is of ${oldest.at}.`
      : `A copy is made each day where backup is declared; plinth snapshot create ${name} makes one now.`,
  });
}
