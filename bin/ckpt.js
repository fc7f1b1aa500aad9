#!/usr/bin/env node
require('../dist/cli/ckpt.cjs');
