/** What TensorFlow.js computes with: its own JavaScript, or the library of TensorFlow where CKPT_TFJS_NODE names tfjs-node. */
export const TFJS_BACKEND = process.env.CKPT_TFJS_NODE === undefined ? 'cpu' : 'tensorflow';
