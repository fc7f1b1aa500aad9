/** Tensors as people want to read them: the cells of a table, row by row. */
import { formatShape, nameOfFacts, type ScannedTensor } from '../../text.ts';
import { escapeText } from '../terminal/escape.ts';
import { SizeTexts } from '../terminal/numbers.ts';
import { RoleBytes } from './role-bytes.ts';
import { type LineOptions, type Listed, otherCells } from './tensor-lines.ts';
import { type Digest, digestText, longParts } from './tensor-parts.ts';

/** A table whose rows are cells. */
export interface CellColumn {
  readonly title: string;
  readonly align: 'left' | 'right';
}

const column = (title: string, align: CellColumn['align'] = 'left'): CellColumn => ({ title, align });

export function tensorColumns({ long, sha256, others }: LineOptions): CellColumn[] {
  return [
    ...[column('name'), column('dtype'), column('shape'), column('size', 'right')],
    ...(long ? [column('shard', 'right'), column('offset', 'right'), column('crc32c'), column('slices')] : []),
    ...(sha256 ? [column('sha256')] : []),
    column('role'),
    ...(long ? [column('trainable'), column('evidence')] : []),
    ...(others === undefined ? [] : [column('full name'), ...(long ? [column('other paths')] : [])]),
  ];
}

function cellMaker({ long, sha256, roles, others }: LineOptions): (facts: ScannedTensor, digest?: Digest) => string[] {
  const sizes = new SizeTexts();
  const roleBytes = new RoleBytes(roles);
  const isPlain = !long && !sha256 && others === undefined;
  return (facts, digest) => {
    const shape = facts.problem === undefined ? formatShape(facts.shape) : '?';
    const name = nameOfFacts(facts);
    const { role, trainable, evidence } = roleBytes.roleOf(facts, name);
    const shown = escapeText(name);
    const size = sizes.of(facts.byteLength);
    if (isPlain) return [shown, facts.dtype.name, shape, size, role];
    const cells = [shown, facts.dtype.name, shape, size];
    if (long) {
      const { shard, offset, crc32c, slices } = longParts(facts.tensor);
      cells.push(shard, offset, crc32c, slices);
    }
    if (sha256) cells.push(digestText(digest));
    cells.push(role);
    if (long) cells.push(trainable, evidence);
    if (others !== undefined) cells.push(...otherCells(others, name).slice(0, long ? 2 : 1));
    return cells;
  };
}

/** Goes through the rows; may be called again and again. */
export function rowsOf(listed: Listed, options: LineOptions): (visit: (cells: string[]) => void) => void {
  const cellsOf = cellMaker(options);
  return (visit) => listed((facts, digest) => visit(cellsOf(facts, digest)));
}
