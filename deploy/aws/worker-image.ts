// Where the worker's image comes from: by default it is built from this repository, for the architecture of the tasks.

import { fileURLToPath } from 'node:url';
import { Stack } from 'aws-cdk-lib';
import { Repository } from 'aws-cdk-lib/aws-ecr';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import type { TaskSize } from './task-size.ts';

const REPOSITORY_FOLDER = fileURLToPath(new URL('../..', import.meta.url));
const PLATFORMS = { ARM64: Platform.LINUX_ARM64, X86_64: Platform.LINUX_AMD64 };
/** The tasks need to be allowed to pull from it. https://docs.aws.amazon.com/AmazonECR/latest/userguide/Registries.html */
const ECR_IMAGE = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)[:@](.+)$/;

export function workerImage(
  scope: Construct,
  { image, architecture }: { readonly image: string | undefined; readonly architecture: TaskSize['architecture'] },
): ContainerImage {
  if (image === undefined) {
    return ContainerImage.fromAsset(REPOSITORY_FOLDER, { target: 'worker', platform: PLATFORMS[architecture] });
  }
  const [, account, region, repositoryName, tagOrDigest] = ECR_IMAGE.exec(image) ?? [];
  if (account === undefined || region === undefined || repositoryName === undefined) {
    return ContainerImage.fromRegistry(image);
  }
  const repositoryArn = Stack.of(scope).formatArn({
    service: 'ecr',
    account,
    region,
    resource: 'repository',
    resourceName: repositoryName,
  });
  const repository = Repository.fromRepositoryAttributes(scope, 'Repository', { repositoryArn, repositoryName });
  return ContainerImage.fromEcrRepository(repository, tagOrDigest);
}
