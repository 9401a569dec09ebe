#!/bin/sh
# Renders the example as kubectl does, with secrets that are none, once as it is and once with secrets as files, and checks both strictly against the schemas of Kubernetes, which a package of PyPI
# brings: no cluster and no network but for that. What is not Kubernetes' own (KEDA, Prometheus operator) is checked by the project's tests.
set -eu
cd "$(dirname "$0")"
work=${1:-../../data/kubernetes}
for program in kubectl python3; do
  command -v "$program" >/dev/null || { echo "validate.sh needs $program" >&2; exit 1; }
done

mkdir -p "$work"
work=$(cd "$work" && pwd)
rm -rf "$work/kubernetes" && mkdir "$work/kubernetes"
cp -R base components overlays "$work/kubernetes"
printf 'OSS_ACCESS_KEY_ID=none\nOSS_ACCESS_KEY_SECRET=none\nAPI_TOKEN=none\n' > "$work/kubernetes/overlays/example/secrets.env"
kubectl kustomize "$work/kubernetes/overlays/example" > "$work/example.yaml"
sed -i.bak 's|# - ../../components/secret-files|- ../../components/secret-files|' "$work/kubernetes/overlays/example/kustomization.yaml"
kubectl kustomize "$work/kubernetes/overlays/example" > "$work/secret-files.yaml"
for expected in 'secretName: oss-s3-bridge-' API_TOKEN_FILE; do
  grep -q "$expected" "$work/secret-files.yaml" || { echo "secret-files.yaml has no $expected" >&2; exit 1; }
done
if grep -q secretRef "$work/secret-files.yaml"; then echo 'secret-files.yaml has the secret in the environment as well' >&2; exit 1; fi

[ -x "$work/venv/bin/kubernetes-validate" ] || { python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check kubernetes-validate==1.37.0; }
for version in 1.31 1.37; do
  "$work/venv/bin/kubernetes-validate" --strict --no-warn --kubernetes-version "$version" "$work/example.yaml" "$work/secret-files.yaml"
done
