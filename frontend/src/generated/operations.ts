// Made by `npm run generate` from the Python sources. Do not edit.

export const OPERATIONS: readonly string[] = [
  "AddAddress",
  "AddBridge",
  "AddCard",
  "AddHost",
  "AddLan",
  "AddNamespace",
  "AddRoute",
  "AddVeth",
  "RemoveAddress",
  "RemoveBridge",
  "RemoveCard",
  "RemoveHost",
  "RemoveLan",
  "RemoveNamespace",
  "RemoveRoute",
  "RemoveVeth",
  "ReplaceRoute",
  "SetDown",
  "SetMac",
  "SetMaster",
  "SetMtu",
  "SetNetem",
  "SetStp",
  "SetSysctl",
  "SetUp"
];
