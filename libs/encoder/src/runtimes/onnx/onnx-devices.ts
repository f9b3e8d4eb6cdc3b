import { existsSync, readdirSync } from 'node:fs';
import { listSupportedBackends } from 'onnxruntime-node';
import type { Device } from '../../encoder.js';

/** ONNX Runtime's own names for devices (its execution providers). */
export const PROVIDERS = {
  cpu: 'cpu',
  cuda: 'cuda',
  webgpu: 'webgpu',
  coreml: 'coreml',
  directml: 'dml',
} as const satisfies Record<Device, string>;

/**
 * Devices that this build of ONNX Runtime has code for, cpu last.
 *
 * @returns for each whether there is a reason not even to try, as a sentence with its cure
 */
export function onnxDevices(): { device: Device; obstacle?: string }[] {
  const supported = new Set(listSupportedBackends().map(({ name }) => name));
  return (['cuda', 'coreml', 'directml', 'webgpu', 'cpu'] as const)
    .filter((device) => supported.has(PROVIDERS[device]))
    .map((device) => ({ device, obstacle: obstacleOf(device) }));
}

/** What to do where a device does not start. */
export const CURES: Readonly<Record<Device, string>> = {
  cpu: 'Run npm ci again on this machine.',
  cuda:
    "ONNX Runtime's CUDA provider is an opt-in: node node_modules/onnxruntime-node/script/install --onnxruntime-node-install=cuda12, " +
    'with an NVIDIA driver, CUDA 12 and cuDNN 9 on the machine (docs/encoders.md).',
  webgpu:
    'It needs a GPU with a Vulkan driver and the loader libvulkan.so.1 (Debian: libvulkan1) on Linux, Direct3D 12 on Windows, ' +
    'Metal on macOS (docs/encoders.md).',
  coreml: 'It is part of ONNX Runtime on macOS only.',
  directml: 'It is part of ONNX Runtime on Windows only.',
};

/**
 * Cheap to tell, before a driver is loaded for nothing: on Linux every GPU has a device file. A software driver has none,
 * and is never faster than the CPU itself; naming the device in the settings tries it all the same.
 */
function obstacleOf(device: Device): string | undefined {
  if (process.platform !== 'linux') return undefined;
  if (device === 'cuda' && !existsSync('/dev/nvidiactl') && !existsSync('/dev/dxg')) {
    return 'there is no NVIDIA device on this machine (/dev/nvidiactl)';
  }
  if (device === 'webgpu' && !existsSync('/dev/nvidiactl') && !hasRenderNode()) {
    return 'there is no graphics device on this machine (/dev/dri/renderD*, /dev/nvidiactl)';
  }
  return undefined;
}

function hasRenderNode(): boolean {
  try {
    return readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
  } catch {
    return false;
  }
}
