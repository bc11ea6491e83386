#!/usr/bin/env bash
# What a bare Debian 12 lacks to run .ci/run, which installs the rest itself: a compiler, CMake, nvcc.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
install=(apt-get install -y -qq --no-install-recommends)
apt-get update -qq
"${install[@]}" build-essential ca-certificates cmake curl git ninja-build
git config --system --add safe.directory '*' # the checkout is another user's

keyring=$(mktemp --suffix .deb)
curl -fsSL -o "$keyring" \
  https://developer.download.nvidia.com/compute/cuda/repos/debian12/x86_64/cuda-keyring_1.1-1_all.deb
dpkg -i "$keyring"
apt-get update -qq
"${install[@]}" cuda-nvcc-13-0 cuda-cudart-dev-13-0
