// Rebuilds proto/buf/validate/validate.proto from the descriptor inside @bufbuild/protovalidate, so that buf can
// lint, compare and generate without the Buf Schema Registry. The package ships the descriptor but not the source.
// The rules' CEL bodies are options of that file; nothing here reads them (the package has its own), so they are left out.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DescEnum, DescExtension, DescField, DescMessage, DescOneof } from '@bufbuild/protobuf';
import {
  FieldDescriptorProto_Label as Label,
  FieldDescriptorProto_Type as Type,
} from '@bufbuild/protobuf/wkt';
import { file_buf_validate_validate as file } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';

const target = 'proto/buf/validate/validate.proto';
const lastFieldNumber = 536_870_911;

const labels: Record<Label, string> = {
  [Label.OPTIONAL]: 'optional ',
  [Label.REQUIRED]: 'required ',
  [Label.REPEATED]: 'repeated ',
};

function printField({ proto }: DescField | DescExtension, label = labels[proto.label]): string {
  const type = proto.typeName === '' ? (Type[proto.type] ?? '').toLowerCase() : proto.typeName;
  return `  ${label}${type} ${proto.name} = ${proto.number};`;
}

const printMember = (member: DescField | DescOneof): string =>
  member.kind === 'oneof'
    ? [`  oneof ${member.name} {`, ...member.fields.map((field) => `  ${printField(field, '')}`), '  }'].join(
        '\n',
      )
    : printField(member);

function printMessage(message: DescMessage): string {
  if (message.nestedMessages.length + message.nestedEnums.length + message.nestedExtensions.length > 0) {
    throw new Error(
      `${message.name} has nested declarations; teach scripts/print-validate-proto.ts to print them`,
    );
  }
  const { reservedRange, reservedName, extensionRange } = message.proto;
  return [
    `message ${message.name} {`,
    ...message.members.map(printMember),
    ...reservedRange.map(({ start, end }) => `  reserved ${start} to ${end - 1};`),
    ...reservedName.map((name) => `  reserved "${name}";`),
    ...extensionRange.map(
      ({ start, end }) => `  extensions ${start} to ${end - 1 === lastFieldNumber ? 'max' : end - 1};`,
    ),
    '}',
  ].join('\n');
}

function printEnum({ name, values, proto }: DescEnum): string {
  return [
    `enum ${name} {`,
    ...values.map((value) => `  ${value.name} = ${value.number};`),
    ...proto.reservedRange.map(({ start, end }) => `  reserved ${start} to ${end};`),
    '}',
  ].join('\n');
}

const printExtension = (extension: DescExtension): string =>
  `extend .${extension.extendee.typeName} {\n${printField(extension)}\n}`;

const source = [
  '// Printed by scripts/print-validate-proto.ts from @bufbuild/protovalidate. Do not edit, do not commit.',
  'syntax = "proto2";',
  `package ${file.proto.package};`,
  file.proto.dependency.map((path) => `import "${path}";`).join('\n'),
  ...file.extensions.map(printExtension),
  ...file.messages.map(printMessage),
  ...file.enums.map(printEnum),
].join('\n\n');

mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, `${source}\n`);
