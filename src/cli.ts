#!/usr/bin/env node
// node-mish on the command line: hands the arguments to cli/main.ts.
import { main } from './cli/main.ts';

void main(process.argv.slice(2));
