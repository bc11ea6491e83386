// node-mish/tfjs: Mish for TensorFlow.js, which is passed in and never imported. This file only says what the
// entry exports.
export type { TensorFlow } from './tfjs/host.ts';
export { type Installation, install, uninstall } from './tfjs/install.ts';
export type { MishLayer, MishLayerArgs } from './tfjs/layers.ts';
export type { InstallOptions, TfPath } from './tfjs/settings.ts';
