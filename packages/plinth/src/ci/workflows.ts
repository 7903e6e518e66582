/** The workflow files of `plinth ci init`, as text: plan on a pull request, deploy by stage, previews, destroy. Pure. */
import { roleName } from "@plinth/deployer/ci/role-template";

export interface Pipeline {
  app: string;
  region: string;
  /** In the order in which they are deployed. */
  stages: readonly string[];
  production: readonly string[];
  /** Whether every pull request has a stage of its own. */
  previews: boolean;
  /** The branch that is deployed. */
  branch: string;
  /** The account's number, or an expression for it. */
  account: string;
  /** The app's folder in the repository, `.` for its root. */
  folder: string;
}

/** Pinned by commit, since a tag can be moved; the versions were looked up in public repositories that pin the same. */
const actions = {
  checkout: "actions/checkout@8e8c483db84b4bee98b60c0593521ed34d9990e8 # v6.0.1",
  node: "actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020 # v4.4.0",
  aws: "aws-actions/configure-aws-credentials@ececac1a45f3b08a01d2dd070d28d111c5fe6722 # v4.1.0",
};

/** By path in the repository. */
export function workflows(pipeline: Pipeline): Record<string, string> {
  const { previews } = pipeline;
  return {
    ".github/workflows/plinth-plan.yml": plan(pipeline),
    ".github/workflows/plinth-deploy-full.yml": deployFull(pipeline),
    ".github/workflows/plinth-infrastructure.yml": part(pipeline, "infrastructure"),
    ".github/workflows/plinth-deploy.yml": part(pipeline, "application"),
    ".github/workflows/plinth-destroy.yml": destroy(pipeline),
    ...(previews && { ".github/workflows/plinth-preview.yml": preview(pipeline) }),
  };
}

const prepare = ({ folder }: Pipeline) => `      - uses: ${actions.checkout}
        with:
          persist-credentials: false
      - uses: ${actions.node}
        with:
          node-version: 24
          cache: npm
      - run: npm ci${folder === "." ? "" : `\n        working-directory: ${folder}`}
`;

const assume = ({ app, region, account }: Pipeline, environment: string, purpose: "deploy" | "plan") => `      - uses: ${actions.aws}
        with:
          role-to-assume: arn:aws:iam::${account}:role/${roleName(app, environment, purpose)}
          role-duration-seconds: 7200
          aws-region: ${region}
`;

const run = ({ folder }: Pipeline, command: string, env: Record<string, string> = {}) => {
  const variables = Object.entries(env).map(([name, value]) => `\n          ${name}: ${value}`);
  return `      - run: ${command}${folder === "." ? "" : `\n        working-directory: ${folder}`}${variables.length > 0 ? `\n        env:${variables.join("")}` : ""}
`;
};

const concurrency = (group: string) => `    concurrency:
      group: ${group}
      cancel-in-progress: false
`;

/** One comment, found again by its mark and updated. */
const comment = (mark: string, file: string, { folder }: Pipeline) => `      - name: Comment on the pull request
        env:
          GH_TOKEN: \${{ github.token }}
          COMMENTS: repos/\${{ github.repository }}/issues/\${{ github.event.pull_request.number }}/comments
          REPOSITORY: \${{ github.repository }}
          MARK: "<!-- ${mark} -->"${folder === "." ? "" : `\n        working-directory: ${folder}`}
        run: |
          { printf '%s\\n' "$MARK"; head -c 60000 ${file}; } > comment.md
          id=$(gh api --paginate "$COMMENTS" --jq ".[] | select(.body | startswith(\\"$MARK\\")) | .id" | head -n 1)
          if [ -n "$id" ]; then
            gh api --method PATCH "repos/$REPOSITORY/issues/comments/$id" -F body=@comment.md > /dev/null
          else
            gh api --method POST "$COMMENTS" -F body=@comment.md > /dev/null
          fi
`;

/** Pull requests of forks have no identity here, and no rights. */
const ownPullRequest = "github.event.pull_request.head.repo.full_name == github.repository";

function plan(pipeline: Pipeline): string {
  const { app, stages } = pipeline;
  const steps = stages.map(
    (stage) => `${assume(pipeline, stage, "plan")}${run(pipeline, `npx plinth plan --stage ${stage} --no-drift --markdown >> plan.md`)}`,
  );
  return `name: plinth plan
on:
  pull_request:
permissions:
  contents: read
  id-token: write
  pull-requests: write
jobs:
  plan:
    if: ${ownPullRequest}
    runs-on: ubuntu-latest
    timeout-minutes: 20
    concurrency:
      group: plinth-${app}-plan-\${{ github.event.pull_request.number }}
      cancel-in-progress: true
    steps:
${prepare(pipeline)}${steps.join("")}${comment(`plinth plan ${app}`, "plan.md", pipeline)}`;
}

function deployFull(pipeline: Pipeline): string {
  const { app, stages, branch } = pipeline;
  const jobs = stages.map(
    (stage, index) => `  ${stage}:
${index === 0 ? "" : `    needs: ${stages[index - 1]}\n`}    runs-on: ubuntu-latest
    timeout-minutes: 120
    environment: ${stage}
${concurrency(`plinth-${app}-${stage}`)}    steps:
${prepare(pipeline)}${assume(pipeline, stage, "deploy")}${run(pipeline, `npx plinth deploy --stage ${stage} --yes --wait --accept "$ACCEPT"`, { ACCEPT: "${{ inputs.accept }}" })}`,
  );
  return `name: plinth deploy full
on:
  push:
    branches: [${branch}]
  workflow_dispatch:
    inputs:
      accept:
        description: Whose data may be touched in production, by commas, as the plan names it
        default: ""
        type: string
permissions:
  contents: read
  id-token: write
jobs:
${jobs.join("")}`;
}

const chosenStage = ({ stages }: Pipeline) => `      stage:
        description: The stage
        required: true
        type: choice
        options: [${stages.join(", ")}]
`;

function part(pipeline: Pipeline, only: "infrastructure" | "application"): string {
  const { app } = pipeline;
  return `name: plinth ${only === "application" ? "deploy" : only}
on:
  workflow_dispatch:
    inputs:
${chosenStage(pipeline)}permissions:
  contents: read
  id-token: write
jobs:
  ${only}:
    runs-on: ubuntu-latest
    timeout-minutes: 120
    environment: \${{ inputs.stage }}
${concurrency(`plinth-${app}-\${{ inputs.stage }}`)}    steps:
${prepare(pipeline)}${assume(pipeline, "${{ inputs.stage }}", "deploy")}${run(pipeline, `npx plinth deploy --stage "$STAGE" --only ${only} --yes --wait`, { STAGE: "${{ inputs.stage }}" })}`;
}

function destroy(pipeline: Pipeline): string {
  const { app } = pipeline;
  return `name: plinth destroy
on:
  workflow_dispatch:
    inputs:
${chosenStage(pipeline)}      confirm:
        description: The stage's name once more
        required: true
        type: string
permissions:
  contents: read
  id-token: write
jobs:
  destroy:
    if: inputs.confirm == inputs.stage
    runs-on: ubuntu-latest
    timeout-minutes: 120
    environment: \${{ inputs.stage }}
${concurrency(`plinth-${app}-\${{ inputs.stage }}`)}    steps:
${prepare(pipeline)}${assume(pipeline, "${{ inputs.stage }}", "deploy")}${run(pipeline, `npx plinth destroy --stage "$STAGE" --yes --wait`, { STAGE: "${{ inputs.stage }}" })}`;
}

function preview(pipeline: Pipeline): string {
  const { app } = pipeline;
  const stage = { STAGE: "pr-${{ github.event.pull_request.number }}" };
  const job = (name: string, when: string, steps: string, group = "preview-${{ github.event.pull_request.number }}") => `  ${name}:
    if: ${when}
    runs-on: ubuntu-latest
    timeout-minutes: 60
    environment: preview
${concurrency(`plinth-${app}-${group}`)}    steps:
${prepare(pipeline)}${assume(pipeline, "preview", "deploy")}${steps}`;
  const deploys = `${run(pipeline, 'npx plinth deploy --stage "$STAGE" --yes --wait', stage)}${run(pipeline, `{ printf '### Preview\\n\\n\`\`\`\\n'; npx plinth outputs --stage "$STAGE"; printf '\`\`\`\\n'; } > preview.md`, stage).replace(/- run: (.+)/, "- run: |\n          $1")}${comment(`plinth preview ${app}`, "preview.md", pipeline)}`;
  return `name: plinth preview
on:
  pull_request:
    types: [opened, reopened, synchronize, closed]
  schedule:
    - cron: "23 * * * *"
permissions:
  contents: read
  id-token: write
  pull-requests: write
jobs:
${job("deploy", `github.event_name == 'pull_request' && github.event.action != 'closed' && ${ownPullRequest}`, deploys)}${job("remove", `github.event_name == 'pull_request' && github.event.action == 'closed' && ${ownPullRequest}`, run(pipeline, 'npx plinth destroy --stage "$STAGE" --yes --wait', stage))}${job("reap", "github.event_name == 'schedule'", run(pipeline, "npx plinth previews reap --stage pr-0 --yes --wait"), "reap")}`;
}
