// The manifests of deploy/kubernetes: each by itself against a strict schema, and all of them together against the worker that they run.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readWorkerConfig } from '../../../aws-worker/config.ts';
import { BACKFILL_WINDOW } from '../../../aws-worker/window-limits.ts';
import { KUBERNETES_SCHEMAS } from '../../fixtures/kubernetes-schema.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDER = join(ROOT, 'deploy/kubernetes');
const read = (path: string) => readFileSync(join(FOLDER, path), 'utf8');

const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter(path => path.endsWith('.yaml'));
const ajv = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true });
const validators = new Map(Object.entries(KUBERNETES_SCHEMAS).map(([id, schema]) => [id, ajv.compile(schema)]));

interface Document {
  readonly apiVersion: string;
  readonly kind: string;
}

function faultsOf(document: Document): readonly string[] {
  const validate = validators.get(`${document.apiVersion}/${document.kind}`);
  if (validate === undefined) return [`no schema for ${document.apiVersion}/${document.kind}`];
  validate(document);
  return (validate.errors ?? []).map(error => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
}

const deployment = parse(read('base/deployment.yaml')) as {
  metadata: { labels: Record<string, string> };
  spec: {
    template: {
      metadata: { labels: Record<string, string> };
      spec: {
        serviceAccountName: string;
        terminationGracePeriodSeconds: number;
        securityContext: { runAsUser: number };
        containers: {
          env: { name: string; value: string }[];
          envFrom: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
          ports: { name: string; containerPort: number }[];
          resources: { requests: { memory: string }; limits: { memory: string } };
          image: string;
          startupProbe: Probe;
          livenessProbe: Probe;
          readinessProbe: Probe;
        }[];
      };
    };
  };
};
interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

const pod = deployment.spec.template.spec;
const [container] = pod.containers;
if (container === undefined) throw new Error('The deployment has no container.');
const fixed = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
const settings = parseEnv(read('overlays/example/settings.env'));
const secrets = parseEnv(read('overlays/example/secrets.env.example'));
const overlay = parse(read('overlays/example/kustomization.yaml'));

describe('each manifest', () => {
  it('is looked at', () => {
    expect(files.length).toBeGreaterThan(11);
  });

  it.each(files)('%s holds what its schema knows, and nothing else', path => {
    const documents = parseAllDocuments(read(path), { uniqueKeys: true });
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    expect(documents.flatMap(document => faultsOf(document.toJS() as Document))).toEqual([]);
  });

  it('would be refused with a field that is misspelt', () => {
    const { spec, ...rest } = deployment;
    const misspelt = { ...rest, spec: { ...spec, replica: 1 } };
    expect(faultsOf(misspelt as unknown as Document)).toEqual([expect.stringContaining('replica')]);
  });

  it.each(files.filter(path => path.endsWith('kustomization.yaml')))(
    '%s names the files beside it, and only those',
    path => {
      const { resources = [] } = parse(read(path)) as { resources?: string[] };
      const beside = files
        .filter(file => dirname(file) === dirname(path) && file !== path)
        .map(file => file.slice(dirname(file).length + 1));
      expect(resources.filter(resource => resource.endsWith('.yaml')).sort()).toEqual(beside.sort());
      for (const folder of resources.filter(resource => !resource.endsWith('.yaml'))) {
        expect(files).toContain(join(dirname(path), folder, 'kustomization.yaml'));
      }
    },
  );

  it('is patched where there is something to patch', () => {
    const names = overlay.patches.map(({ patch }: { patch: string }) => {
      const { kind, metadata } = parse(patch);
      return `${kind}/${metadata.name}`;
    });
    const known = files.map(path => parse(read(path))).map(({ kind, metadata }) => `${kind}/${metadata?.name}`);
    expect(known).toEqual(expect.arrayContaining(names));
    expect(overlay.images.map(({ name }: { name: string }) => name)).toEqual([container.image]);
  });
});

describe('the worker in it', () => {
  const environment = {
    ...settings,
    ...Object.fromEntries(Object.keys(secrets).map(name => [name, 'a-secret-that-is-none'])),
    ...fixed,
  };

  it('is given variables that it knows', () => {
    const known = Object.keys(parseEnv(readFileSync(join(ROOT, '.env.example'), 'utf8')));
    expect(Object.keys(environment).filter(name => !known.includes(name))).toEqual([]);
  });

  it('starts with a key in Secrets Manager in place of its own', () => {
    const elsewhere = { ...environment, OSS_ACCESS_KEY_ID: '', OSS_ACCESS_KEY_SECRET: '', OSS_SECRET_ID: 'bridge/oss' };
    expect(readWorkerConfig(elsewhere).oss.credentials.kind).toBe('secrets-manager');
  });

  it('starts with them', () => {
    const config = readWorkerConfig(environment);
    expect(config.sqs.backfillQueueUrl).not.toBe(config.sqs.queueUrl);
    expect(config.http.host).toBe('0.0.0.0');
  });

  it('has a ledger that nodes can share', () => {
    const { ledger } = readWorkerConfig(environment);
    if (ledger.kind !== 'dynamodb') throw new Error(`The ledger is ${ledger.kind}.`);
    // The table that its README has one make.
    const [, made] = /^export LEDGER_TABLE=(\S+)$/m.exec(readFileSync(join(ROOT, 'docs/dynamodb.md'), 'utf8')) ?? [];
    expect(ledger.table).toBe(made);
  });

  it('gets its settings and its secrets from what the overlay makes', () => {
    expect(container.envFrom).toEqual([
      { configMapRef: { name: overlay.configMapGenerator[0].name } },
      { secretRef: { name: overlay.secretGenerator[0].name } },
    ]);
    expect(Object.keys(settings).filter(name => /SECRET|TOKEN|ACCESS_KEY/.test(name))).toEqual([]);
  });

  it('has no secret in the repository', () => {
    expect(Object.keys(secrets).sort()).toEqual(['API_TOKEN', 'OSS_ACCESS_KEY_ID', 'OSS_ACCESS_KEY_SECRET']);
    expect(Object.values(secrets).filter(value => value !== '')).toEqual([]);
    expect(readFileSync(join(ROOT, '.gitignore'), 'utf8').split('\n')).toContain(overlay.secretGenerator[0].envs[0]);
  });

  it('is waited for 15 seconds longer than its grace', () => {
    expect(pod.terminationGracePeriodSeconds).toBe(Number(fixed.SHUTDOWN_GRACE_SECONDS) + 15);
  });

  it('has memory for its budget, the idle buffers and the rest', () => {
    const { requests, limits } = container.resources;
    expect(limits.memory).toBe(requests.memory);
    const limitMebibytes = Number(/^(\d+)Gi$/.exec(limits.memory)?.[1]) * 1024;
    expect(Number(fixed.MEMORY_BUDGET_MEBIBYTES) * 1.25 + 180).toBeLessThan(limitMebibytes * 0.85);
  });

  it('runs as the user of the image', () => {
    expect(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')).toMatch(/\nUSER node\n/);
    // https://github.com/nodejs/docker-node/blob/main/docs/BestPractices.md#non-root-user
    expect(pod.securityContext.runAsUser).toBe(1000);
  });

  it('is asked at addresses that it has', () => {
    const routes = readFileSync(join(ROOT, 'aws-worker/http/routes/health.ts'), 'utf8');
    const { startupProbe, livenessProbe, readinessProbe } = container;
    const paths = [startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.path);
    expect(paths).toEqual(['/livez', '/livez', '/readyz']);
    for (const path of paths) expect(routes).toContain(`'${path}'`);
  });

  it('is the account that its role is given to', () => {
    expect(pod.serviceAccountName).toBe(parse(read('base/service-account.yaml')).metadata.name);
  });
});

describe('secrets as files', () => {
  const [{ patch }] = parse(read('components/secret-files/kustomization.yaml')).patches;
  const { metadata, spec } = parse(patch);
  const [patched] = spec.template.spec.containers;
  const [volume] = spec.template.spec.volumes;
  const [mount] = patched.volumeMounts;
  const paths: [string, string][] = patched.env.map(({ name, value }: { name: string; value: string }) => [
    name,
    value,
  ]);

  it('are those of the environment, each in its file, and the environment has none', () => {
    const files = Object.keys(secrets).map(name => [`${name}_FILE`, `${mount.mountPath}/${name}`]);
    expect(Object.fromEntries(paths)).toEqual(Object.fromEntries(files));
    expect(patched.envFrom).toEqual(container.envFrom.filter(({ secretRef }) => secretRef === undefined));
  });

  it('are the secret that the overlay makes, in the container of the worker', () => {
    expect(volume).toEqual({ name: mount.name, secret: { secretName: overlay.secretGenerator[0].name } });
    expect([metadata.name, patched.name]).toEqual([parse(read('base/deployment.yaml')).metadata.name, 'worker']);
    // A file that is mounted by its own path is never renewed.
    expect(mount).toEqual({ name: volume.name, mountPath: mount.mountPath, readOnly: true });
  });

  it('are variables that the worker knows', () => {
    const known = Object.keys(parseEnv(readFileSync(join(ROOT, '.env.example'), 'utf8')));
    expect(known).toEqual(expect.arrayContaining(paths.map(([name]) => name)));
  });
});

describe('ports', () => {
  it('are one and the same everywhere', () => {
    const [port] = container.ports;
    const { ports } = parse(read('base/service.yaml')).spec;
    const { ingress } = parse(read('base/network-policy.yaml')).spec;
    const monitor = parse(read('components/service-monitor/service-monitor.yaml')).spec.endpoints[0];
    const { startupProbe, livenessProbe, readinessProbe } = container;
    expect(port).toEqual({ name: 'http', containerPort: Number(fixed.PORT) });
    expect(ports).toEqual([{ name: 'http', port: Number(fixed.PORT), targetPort: 'http' }]);
    expect(ingress.map((rule: { ports: unknown }) => rule.ports)).toEqual([
      [{ port: Number(fixed.PORT), protocol: 'TCP' }],
    ]);
    expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet.port)).toEqual([
      'http',
      'http',
      'http',
    ]);
    expect(monitor).toMatchObject({ port: 'http', path: '/metrics' });
  });
});

describe('the way out', () => {
  it('leads to the agent of EKS Pod Identity, in clusters of both address families, and to no other address of the node', () => {
    const { egress } = parse(read('base/network-policy.yaml')).spec as {
      egress: { to: { ipBlock?: { cidr: string } }[]; ports: { port: number }[] }[];
    };
    const plain = egress.filter(({ ports }) => ports.some(({ port }) => port === 80));
    // https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html
    expect(plain.flatMap(({ to }) => to.map(({ ipBlock }) => ipBlock?.cidr))).toEqual([
      '169.254.170.23/32',
      'fd00:ec2::23/128',
    ]);
  });
});

describe('labels', () => {
  it('of the pods are those that everything selects', () => {
    const { labels } = deployment.spec.template.metadata;
    const spec = (path: string) => parse(read(path)).spec;
    const selectors = [
      parse(read('base/deployment.yaml')).spec.selector.matchLabels,
      spec('base/service.yaml').selector,
      spec('base/pod-disruption-budget.yaml').selector.matchLabels,
      spec('base/network-policy.yaml').podSelector.matchLabels,
      ...parse(read('base/deployment.yaml')).spec.template.spec.topologySpreadConstraints.map(
        (constraint: { labelSelector: { matchLabels: unknown } }) => constraint.labelSelector.matchLabels,
      ),
    ];
    expect(selectors).toHaveLength(6);
    for (const selector of selectors) expect(selector).toEqual(labels);
    const { labels: ofService } = parse(read('base/service.yaml')).metadata;
    expect(spec('components/service-monitor/service-monitor.yaml').selector.matchLabels).toEqual(ofService);
  });
});

describe('KEDA', () => {
  const { spec } = parse(read('components/keda/scaled-object.yaml'));
  const triggers: { name: string; metadata: Record<string, string>; authenticationRef: { name: string } }[] =
    spec.triggers;

  it('asks both queues, by the names of the settings', () => {
    expect(triggers.map(({ metadata }) => metadata.queueURLFromEnv)).toEqual([
      'SQS_QUEUE_URL',
      'SQS_BACKFILL_QUEUE_URL',
    ]);
    for (const { metadata } of triggers) expect(settings).toHaveProperty(metadata.queueURLFromEnv ?? '');
  });

  it('counts what is in work, and not what waits on purpose', () => {
    for (const { metadata } of triggers) {
      expect(metadata).toMatchObject({ scaleOnInFlight: 'true', scaleOnDelayed: 'false' });
    }
  });

  it('wants as many batches for each worker as one works on at a time', () => {
    const atATime = String(BACKFILL_WINDOW.maxMessages);
    expect(triggers.find(({ name }) => name === 'backfill')?.metadata.queueLength).toBe(atATime);
  });

  it('leaves one worker at least, and takes no more away than one at a time', () => {
    expect(spec.minReplicaCount).toBe(1);
    expect(spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies).toEqual([
      { type: 'Pods', value: 1, periodSeconds: 300 },
    ]);
  });

  it('scales the deployment, as its own operator', () => {
    expect(spec.scaleTargetRef.name).toBe(parse(read('base/deployment.yaml')).metadata.name);
    const { metadata } = parse(read('components/keda/trigger-authentication.yaml'));
    expect(new Set(triggers.map(({ authenticationRef }) => authenticationRef.name))).toEqual(new Set([metadata.name]));
  });

  it('learns the region from the settings', () => {
    const [replacement] = parse(read('components/keda/kustomization.yaml')).replacements;
    expect(replacement.source).toEqual({
      kind: 'ConfigMap',
      name: overlay.configMapGenerator[0].name,
      fieldPath: 'data.AWS_REGION',
    });
    expect(settings.AWS_REGION).toBeTruthy();
  });
});
