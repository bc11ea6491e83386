// A user's program that imports node-mish.
import * as library from 'node-mish';
import report from './report.cjs';

report(library);
