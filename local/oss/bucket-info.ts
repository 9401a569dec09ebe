// What little is asked about buckets: https://www.alibabacloud.com/help/en/oss/developer-reference/getbucketinfo

import { ACCOUNT_ID } from './oss-event.ts';
import { type Exchange, sendXml } from './oss-exchange.ts';
import { xmlDocument, xmlElement } from './oss-xml.ts';

const CREATED = '2024-01-01T00:00:00.000Z';

export function getBucketInfo(exchange: Exchange): void {
  const host = exchange.request.headers.host ?? '';
  const elements = [
    xmlElement('Name', exchange.bucket),
    xmlElement('Location', `oss-${exchange.region}`),
    xmlElement('CreationDate', CREATED),
    xmlElement('ExtranetEndpoint', host),
    xmlElement('IntranetEndpoint', host),
    xmlElement('StorageClass', 'Standard'),
    xmlElement('DataRedundancyType', 'LRS'),
    `<Owner>${xmlElement('ID', ACCOUNT_ID)}${xmlElement('DisplayName', ACCOUNT_ID)}</Owner>`,
    `<AccessControlList>${xmlElement('Grant', 'private')}</AccessControlList>`,
  ];
  sendXml(exchange, xmlDocument('BucketInfo', `<Bucket>${elements.join('')}</Bucket>`));
}

export function getBucketLocation(exchange: Exchange): void {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n${xmlElement('LocationConstraint', `oss-${exchange.region}`)}\n`;
  sendXml(exchange, xml);
}
