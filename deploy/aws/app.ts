// The app that `npx cdk` runs: the stack that the environment describes, or what is to be mended in it.

import { App } from 'aws-cdk-lib';
import { BridgeError } from '../../shared/bridge-error.ts';
import { acknowledgeFindings } from './acknowledgements.ts';
import { readParameters } from './parameters.ts';
import { buildStack } from './stack.ts';

try {
  const parameters = readParameters(process.env);
  acknowledgeFindings(buildStack(new App(), parameters), parameters);
} catch (error) {
  if (!(error instanceof BridgeError)) throw error;
  process.stderr.write(`${error.message}\nWhat each parameter means: .env.example and README.md in deploy/aws.\n`);
  process.exitCode = 1;
}
