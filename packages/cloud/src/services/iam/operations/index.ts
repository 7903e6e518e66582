/** The table of IAM's operations: what is not here is not served. */
import type { Service } from "../../../service.ts";
import * as accessKey from "./access-key.ts";
import * as account from "./account.ts";
import * as credentialReport from "./credential-report.ts";
import * as mfaDevice from "./mfa-device.ts";
import * as serverCertificate from "./server-certificate.ts";
import * as serviceSpecificCredential from "./service-specific-credential.ts";
import * as signingCertificate from "./signing-certificate.ts";
import * as sshPublicKey from "./ssh-public-key.ts";
import * as group from "./group.ts";
import * as holderPolicies from "./holder-policies.ts";
import * as instanceProfile from "./instance-profile.ts";
import * as managedPolicy from "./managed-policy.ts";
import * as oidcProvider from "./oidc-provider.ts";
import * as role from "./role.ts";
import * as serviceLinkedRole from "./service-linked-role.ts";
import * as simulate from "./simulate.ts";
import * as tag from "./tag.ts";
import * as user from "./user.ts";

export const iamOperations: Service<"iam">["operations"] = {
  CreateAccessKey: accessKey.createAccessKey,
  DeleteAccessKey: accessKey.deleteAccessKey,
  GetAccessKeyLastUsed: accessKey.getAccessKeyLastUsed,
  ListAccessKeys: accessKey.listAccessKeys,
  UpdateAccessKey: accessKey.updateAccessKey,

  CreateAccountAlias: account.createAccountAlias,
  DeleteAccountAlias: account.deleteAccountAlias,
  DeleteAccountPasswordPolicy: account.deleteAccountPasswordPolicy,
  GetAccountAuthorizationDetails: account.getAccountAuthorizationDetails,
  GetAccountPasswordPolicy: account.getAccountPasswordPolicy,
  GetAccountSummary: account.getAccountSummary,
  ListAccountAliases: account.listAccountAliases,
  UpdateAccountPasswordPolicy: account.updateAccountPasswordPolicy,

  AddUserToGroup: group.addUserToGroup,
  CreateGroup: group.createGroup,
  DeleteGroup: group.deleteGroup,
  GetGroup: group.getGroup,
  ListGroups: group.listGroups,
  RemoveUserFromGroup: group.removeUserFromGroup,
  UpdateGroup: group.updateGroup,

  AttachGroupPolicy: holderPolicies.attachGroupPolicy,
  AttachRolePolicy: holderPolicies.attachRolePolicy,
  AttachUserPolicy: holderPolicies.attachUserPolicy,
  DeleteGroupPolicy: holderPolicies.deleteGroupPolicy,
  DeleteRolePolicy: holderPolicies.deleteRolePolicy,
  DeleteUserPolicy: holderPolicies.deleteUserPolicy,
  DetachGroupPolicy: holderPolicies.detachGroupPolicy,
  DetachRolePolicy: holderPolicies.detachRolePolicy,
  DetachUserPolicy: holderPolicies.detachUserPolicy,
  GetGroupPolicy: holderPolicies.getGroupPolicy,
  GetRolePolicy: holderPolicies.getRolePolicy,
  GetUserPolicy: holderPolicies.getUserPolicy,
  ListAttachedGroupPolicies: holderPolicies.listAttachedGroupPolicies,
  ListAttachedRolePolicies: holderPolicies.listAttachedRolePolicies,
  ListAttachedUserPolicies: holderPolicies.listAttachedUserPolicies,
  ListGroupPolicies: holderPolicies.listGroupPolicies,
  ListRolePolicies: holderPolicies.listRolePolicies,
  ListUserPolicies: holderPolicies.listUserPolicies,
  PutGroupPolicy: holderPolicies.putGroupPolicy,
  PutRolePolicy: holderPolicies.putRolePolicy,
  PutUserPolicy: holderPolicies.putUserPolicy,

  AddRoleToInstanceProfile: instanceProfile.addRoleToInstanceProfile,
  CreateInstanceProfile: instanceProfile.createInstanceProfile,
  DeleteInstanceProfile: instanceProfile.deleteInstanceProfile,
  GetInstanceProfile: instanceProfile.getInstanceProfile,
  ListInstanceProfiles: instanceProfile.listInstanceProfiles,
  ListInstanceProfilesForRole: instanceProfile.listInstanceProfilesForRole,
  RemoveRoleFromInstanceProfile: instanceProfile.removeRoleFromInstanceProfile,

  CreatePolicy: managedPolicy.createPolicy,
  CreatePolicyVersion: managedPolicy.createPolicyVersion,
  DeletePolicy: managedPolicy.deletePolicy,
  DeletePolicyVersion: managedPolicy.deletePolicyVersion,
  GetPolicy: managedPolicy.getPolicy,
  GetPolicyVersion: managedPolicy.getPolicyVersion,
  ListEntitiesForPolicy: managedPolicy.listEntitiesForPolicy,
  ListPolicies: managedPolicy.listPolicies,
  ListPolicyVersions: managedPolicy.listPolicyVersions,
  SetDefaultPolicyVersion: managedPolicy.setDefaultPolicyVersion,

  AddClientIDToOpenIDConnectProvider: oidcProvider.addClientIDToOpenIDConnectProvider,
  CreateOpenIDConnectProvider: oidcProvider.createOpenIDConnectProvider,
  DeleteOpenIDConnectProvider: oidcProvider.deleteOpenIDConnectProvider,
  GetOpenIDConnectProvider: oidcProvider.getOpenIDConnectProvider,
  ListOpenIDConnectProviderTags: oidcProvider.listOpenIDConnectProviderTags,
  ListOpenIDConnectProviders: oidcProvider.listOpenIDConnectProviders,
  RemoveClientIDFromOpenIDConnectProvider: oidcProvider.removeClientIDFromOpenIDConnectProvider,
  TagOpenIDConnectProvider: oidcProvider.tagOpenIDConnectProvider,
  UntagOpenIDConnectProvider: oidcProvider.untagOpenIDConnectProvider,
  UpdateOpenIDConnectProviderThumbprint: oidcProvider.updateOpenIDConnectProviderThumbprint,

  CreateRole: role.createRole,
  DeleteRole: role.deleteRole,
  DeleteRolePermissionsBoundary: role.deleteRolePermissionsBoundary,
  GetRole: role.getRole,
  ListRoles: role.listRoles,
  PutRolePermissionsBoundary: role.putRolePermissionsBoundary,
  UpdateAssumeRolePolicy: role.updateAssumeRolePolicy,
  UpdateRole: role.updateRole,
  UpdateRoleDescription: role.updateRoleDescription,

  CreateServiceLinkedRole: serviceLinkedRole.createServiceLinkedRole,
  DeleteServiceLinkedRole: serviceLinkedRole.deleteServiceLinkedRole,
  GetServiceLinkedRoleDeletionStatus: serviceLinkedRole.getServiceLinkedRoleDeletionStatus,

  GetContextKeysForCustomPolicy: simulate.getContextKeysForCustomPolicy,
  SimulateCustomPolicy: simulate.simulateCustomPolicy,
  SimulatePrincipalPolicy: simulate.simulatePrincipalPolicy,

  ListInstanceProfileTags: tag.listInstanceProfileTags,
  ListPolicyTags: tag.listPolicyTags,
  ListRoleTags: tag.listRoleTags,
  ListUserTags: tag.listUserTags,
  TagInstanceProfile: tag.tagInstanceProfile,
  TagPolicy: tag.tagPolicy,
  TagRole: tag.tagRole,
  TagUser: tag.tagUser,
  UntagInstanceProfile: tag.untagInstanceProfile,
  UntagPolicy: tag.untagPolicy,
  UntagRole: tag.untagRole,
  UntagUser: tag.untagUser,

  GenerateCredentialReport: credentialReport.generateCredentialReport,
  GetCredentialReport: credentialReport.getCredentialReport,

  CreateVirtualMFADevice: mfaDevice.createVirtualMFADevice,
  DeactivateMFADevice: mfaDevice.deactivateMFADevice,
  DeleteVirtualMFADevice: mfaDevice.deleteVirtualMFADevice,
  EnableMFADevice: mfaDevice.enableMFADevice,
  GetMFADevice: mfaDevice.getMFADevice,
  ListMFADeviceTags: mfaDevice.listMFADeviceTags,
  ListMFADevices: mfaDevice.listMFADevices,
  ListVirtualMFADevices: mfaDevice.listVirtualMFADevices,
  ResyncMFADevice: mfaDevice.resyncMFADevice,
  TagMFADevice: mfaDevice.tagMFADevice,
  UntagMFADevice: mfaDevice.untagMFADevice,

  DeleteServerCertificate: serverCertificate.deleteServerCertificate,
  GetServerCertificate: serverCertificate.getServerCertificate,
  ListServerCertificateTags: serverCertificate.listServerCertificateTags,
  ListServerCertificates: serverCertificate.listServerCertificates,
  TagServerCertificate: serverCertificate.tagServerCertificate,
  UntagServerCertificate: serverCertificate.untagServerCertificate,
  UpdateServerCertificate: serverCertificate.updateServerCertificate,
  UploadServerCertificate: serverCertificate.uploadServerCertificate,

  CreateServiceSpecificCredential: serviceSpecificCredential.createServiceSpecificCredential,
  DeleteServiceSpecificCredential: serviceSpecificCredential.deleteServiceSpecificCredential,
  ListServiceSpecificCredentials: serviceSpecificCredential.listServiceSpecificCredentials,
  ResetServiceSpecificCredential: serviceSpecificCredential.resetServiceSpecificCredential,
  UpdateServiceSpecificCredential: serviceSpecificCredential.updateServiceSpecificCredential,

  DeleteSigningCertificate: signingCertificate.deleteSigningCertificate,
  ListSigningCertificates: signingCertificate.listSigningCertificates,
  UpdateSigningCertificate: signingCertificate.updateSigningCertificate,
  UploadSigningCertificate: signingCertificate.uploadSigningCertificate,

  DeleteSSHPublicKey: sshPublicKey.deleteSSHPublicKey,
  GetSSHPublicKey: sshPublicKey.getSSHPublicKey,
  ListSSHPublicKeys: sshPublicKey.listSSHPublicKeys,
  UpdateSSHPublicKey: sshPublicKey.updateSSHPublicKey,
  UploadSSHPublicKey: sshPublicKey.uploadSSHPublicKey,

  ChangePassword: user.changePassword,
  CreateLoginProfile: user.createLoginProfile,
  CreateUser: user.createUser,
  DeleteLoginProfile: user.deleteLoginProfile,
  DeleteUser: user.deleteUser,
  DeleteUserPermissionsBoundary: user.deleteUserPermissionsBoundary,
  GetLoginProfile: user.getLoginProfile,
  GetUser: user.getUser,
  ListGroupsForUser: user.listGroupsForUser,
  ListUsers: user.listUsers,
  PutUserPermissionsBoundary: user.putUserPermissionsBoundary,
  UpdateLoginProfile: user.updateLoginProfile,
  UpdateUser: user.updateUser,
};
