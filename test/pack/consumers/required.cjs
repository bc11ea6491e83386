// A user's program that requires node-mish.
require('./report.cjs')(require('node-mish'));
