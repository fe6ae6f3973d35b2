// A small runner for GitHub's composite actions and for the jobs of a workflow that use them. It is no copy of the real
// one: it knows what our templates use (`if`, `env`, `with`, `outputs`, `run` with bash, expressions) and stops at
// anything else. Actions of other repositories are not run, only listed.
//
// usage: node runner.mjs action FOLDER [NAME=VALUE…]           the inputs of the action
//        node runner.mjs job WORKFLOW JOB [NAME=VALUE…]        the inputs of the workflow; event=NAME is the event
// RUNNER_GITHUB is a JSON object with more of the context `github`. The working directory is the workspace. Prints one JSON object: conclusion, exit, outputs, steps, summary, log.
import {spawnSync} from 'node:child_process';
import {appendFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join, resolve} from 'node:path';
import {Evaluator, Lexer, Parser, data} from '@actions/expressions';
import * as yaml from 'js-yaml';

const scratch = mkdtempSync(join(tmpdir(), 'runner-'));
const summary = join(scratch, 'summary');
writeFileSync(summary, '');
let log = '';

function stop(message) {
  console.error(`runner: ${message}`);
  process.exit(70);
}

function toData(value) {
  if (value === null || value === undefined) return new data.Null();
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (typeof value === 'number') return new data.NumberData(value);
  if (typeof value === 'string') return new data.StringData(value);
  return new data.Dictionary(...Object.entries(value).map(([key, inner]) => ({key, value: toData(inner)})));
}

// Status functions depend on whether a step before has failed; hashFiles is not for our tests to compute.
function functionsOf(scope) {
  const constant = (name, value) => ({name, minArgs: 0, maxArgs: 9, call: () => value});
  return [
    constant('always', new data.BooleanData(true)),
    constant('success', new data.BooleanData(!scope.failed)),
    constant('failure', new data.BooleanData(scope.failed)),
    constant('hashFiles', new data.StringData('0'.repeat(64))),
  ];
}

function evaluate(expression, scope) {
  const functions = functionsOf(scope);
  const {tokens} = new Lexer(expression).lex();
  const tree = new Parser(tokens, Object.keys(scope.contexts), functions).parse();
  const table = new Map(functions.map((one) => [one.name.toLowerCase(), one]));
  return new Evaluator(tree, toData(scope.contexts), table).evaluate();
}

// Text with `${{ … }}` in it, each replaced by what it says as a string.
function interpolate(text, scope) {
  return String(text ?? '').replace(/\$\{\{(.*?)\}\}/gs, (_, expression) => evaluate(expression, scope).coerceString());
}

function mapped(object, scope) {
  return Object.fromEntries(Object.entries(object ?? {}).map(([key, value]) => [key, interpolate(value, scope)]));
}

function wanted(condition, scope) {
  if (condition === undefined) return !scope.failed;
  const text = String(condition).replace(/^\s*\$\{\{|\}\}\s*$/g, '');
  const holds = truthy(evaluate(text, scope));
  return holds && (!scope.failed || /\b(always|failure)\(/.test(text));
}

function truthy(value) {
  if (value instanceof data.BooleanData) return value.value;
  if (value instanceof data.Null) return false;
  return value.coerceString() !== '';
}

function outputsOf(file) {
  const outputs = {};
  for (const line of existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []) {
    const at = line.indexOf('=');
    if (at > 0) outputs[line.slice(0, at)] = line.slice(at + 1);
  }
  return outputs;
}

function runScript(step, scope, extra) {
  if (step.shell !== 'bash') stop(`only bash is known, not ${step.shell}`);
  if (/\$\{\{/.test(step.run)) stop('an expression inside run: is an injection');
  const script = join(scratch, `script-${Math.random()}`);
  const output = join(scratch, `output-${Math.random()}`);
  writeFileSync(script, step.run);
  writeFileSync(output, '');
  const run = spawnSync('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
    encoding: 'utf8',
    env: {...process.env, GITHUB_ACTIONS: 'true', GITHUB_OUTPUT: output, GITHUB_STEP_SUMMARY: summary,
          RUNNER_TEMP: scratch, ...extra, ...mapped(step.env, scope)},
  });
  log += run.stdout + run.stderr;
  return {exit: run.status ?? 70, outputs: outputsOf(output)};
}

function runAction(folder, given) {
  const action = yaml.load(readFileSync(join(folder, 'action.yml'), 'utf8'));
  for (const name of Object.keys(given)) if (!action.inputs[name]) stop(`the action has no input ${name}`);
  const inputs = {};
  for (const [name, input] of Object.entries(action.inputs)) {
    if (input.required && !given[name]) stop(`the input ${name} is required`);
    inputs[name] = given[name] ?? input.default ?? '';
  }
  const result = runSteps(action.runs.steps, {inputs}, {GITHUB_ACTION_PATH: resolve(folder)});
  const outputs = Object.fromEntries(
    Object.entries(action.outputs).map(([name, output]) => [name, interpolate(output.value, result.scope)]));
  return {exit: result.exit, outputs};
}

function runStep(step, scope, extra) {
  if (step.run !== undefined) return runScript(step, scope, extra);
  if (step.uses.startsWith('./')) {
    return runAction(join(process.env.RUNNER_REPOSITORY ?? '.', step.uses), mapped(step.with, scope));
  }
  return {exit: 0, outputs: {}, foreign: step.uses};
}

function runSteps(steps, contexts, extra) {
  const scope = {contexts: {...contexts, steps: {}}, failed: false};
  const list = [];
  let exit = 0;
  for (const step of steps) {
    const name = step.name ?? step.id ?? step.uses ?? 'run';
    if (!wanted(step.if, scope)) {
      list.push({name, outcome: 'skipped'});
      continue;
    }
    const result = runStep(step, scope, extra);
    list.push({name, outcome: result.exit === 0 ? 'success' : 'failure', exit: result.exit, outputs: result.outputs});
    if (step.id) scope.contexts.steps[step.id] = {outputs: result.outputs};
    if (result.exit !== 0 && !scope.failed) {
      scope.failed = true;
      exit = result.exit;
    }
  }
  return {exit, list, scope};
}

function runJob(file, name, given) {
  const workflow = yaml.load(readFileSync(file, 'utf8'));
  const event = given.event ?? 'workflow_call';
  delete given.event;
  const call = workflow.on.workflow_call;
  for (const input of Object.keys(given)) if (!call.inputs[input]) stop(`the workflow has no input ${input}`);
  const inputs = Object.fromEntries(
    Object.entries(call.inputs).map(([key, input]) => [key, given[key] ?? (event === 'workflow_call' ? input.default : '')]));
  const github = {event_name: event, ...JSON.parse(process.env.RUNNER_GITHUB ?? '{}')};
  const contexts = {inputs, github, secrets: {}, vars: {LOCK_PATH: process.env.VARS_LOCK_PATH ?? ''}};
  const job = workflow.jobs[name];
  if (!wanted(job.if, {contexts, failed: false})) return {exit: 0, conclusion: 'skipped', outputs: {}, steps: []};
  const result = runSteps(job.steps, contexts, {});
  return {exit: result.exit, outputs: mapped(job.outputs, result.scope), steps: result.list};
}

const [mode, ...rest] = process.argv.slice(2);
const positional = rest.slice(0, mode === 'job' ? 2 : 1);
const given = Object.fromEntries(rest.slice(positional.length).map((pair) => {
  const at = pair.indexOf('=');
  return [pair.slice(0, at), pair.slice(at + 1)];
}));
const result = mode === 'job' ? runJob(positional[0], positional[1], given) : runAction(positional[0], given);
console.log(JSON.stringify({conclusion: result.exit === 0 ? 'success' : 'failure', ...result,
                            summary: readFileSync(summary, 'utf8'), log}, null, 1));
