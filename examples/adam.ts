/** Adam, small: what the examples train with. */
import { trainableVariables, Variable, zeros } from 'ckpt';

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];

/** Moves variables against their gradients; its own state is variables too, which are saved and never trained. */
export class Adam {
  readonly learningRate = new Variable(0.001, { name: 'learning_rate', trainable: false });
  readonly step = new Variable(0n, { name: 'adam/step', trainable: false });
  readonly #slots = new Map<Variable, readonly [Variable<'float32'>, Variable<'float32'>]>();

  constructor(variables: readonly Variable[] = trainableVariables()) {
    for (const variable of variables) {
      const slot = (name: string) =>
        new Variable(zeros(variable.shape), { name: `adam/${variable.name}/${name}`, trainable: false });
      this.#slots.set(variable, [slot('m'), slot('v')]);
    }
  }

  apply(gradients: ReadonlyMap<Variable, Float32Array>): void {
    const t = Number(this.step.assignAdd(1).read()[0]);
    const rate = (this.learningRate.read()[0] ?? 0) * (Math.sqrt(1 - BETA2 ** t) / (1 - BETA1 ** t));
    for (const [variable, gradient] of gradients) {
      const [m, v] = this.#slots.get(variable) ?? [];
      if (m === undefined || v === undefined) continue;
      m.assign(m.read().map((old, i) => BETA1 * old + (1 - BETA1) * (gradient[i] ?? 0)));
      v.assign(v.read().map((old, i) => BETA2 * old + (1 - BETA2) * (gradient[i] ?? 0) ** 2));
      const variance = v.read();
      variable.assignSub(m.read().map((mean, i) => (rate * mean) / (Math.sqrt(variance[i] ?? 0) + EPSILON)));
    }
  }
}
