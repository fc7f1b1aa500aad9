/**
 * The part of the bench that runs on a pseudo terminal (groups/terminal.mjs): takes jobs from a file, measures them with
 * this terminal as their output, and leaves the times in another file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { measure } from './measure.mjs';

const [order, answer] = process.argv.slice(2);
if (!process.stdout.isTTY) throw new Error('this is no terminal');
const { jobs, rounds } = JSON.parse(readFileSync(order, 'utf8'));
writeFileSync(answer, JSON.stringify([...measure(jobs, rounds)]));
