/** What can be had: engine versions, instance classes, certificate authorities. */
import type { Output } from "../../../aws.ts";
import { markerPage } from "../../../marker-pages.ts";
import { operation } from "../../../service.ts";
import { authorities } from "../certificates.ts";
import { checkEngine, defaultMajor, engineVersions, familyOf } from "../engine-versions.ts";
import { certificateNotFound } from "../errors.ts";
import { instanceClasses } from "../instance-classes.ts";
import { exportableLogs } from "../new-instance.ts";
import { applyFilters } from "../filters.ts";
import { storageTypes } from "../storage.ts";

type VersionShape = NonNullable<Output<"rds", "DescribeDBEngineVersions">["DBEngineVersions"]>[number];

export const describeDBEngineVersions = operation("rds", "DescribeDBEngineVersions", (input) => {
  if (input.Engine) checkEngine(input.Engine);
  let found = engineVersions.filter(
    ({ version, major }) => !input.EngineVersion || version === input.EngineVersion || String(major) === input.EngineVersion,
  );
  if (input.DBParameterGroupFamily) found = found.filter(({ major }) => familyOf(major) === input.DBParameterGroupFamily);
  if (input.DefaultOnly) {
    const asked = input.EngineVersion ?? String(defaultMajor);
    found = found.filter(({ major }) => String(major) === asked.split(".")[0]).slice(-1);
  }
  const shapes = applyFilters(found.map(versionShape), input.Filters, {
    "db-parameter-group-family": ({ DBParameterGroupFamily: family }: VersionShape) => [family!],
    engine: () => ["postgres"],
    "engine-version": ({ EngineVersion: version }: VersionShape) => [version!],
    status: () => ["available"],
    "engine-mode": () => ["provisioned"],
  });
  const { items, Marker } = markerPage(shapes, input, ({ EngineVersion: version }) => sortable(version!), "DBEngineVersions");
  return { DBEngineVersions: items, ...(Marker && { Marker }) };
});

function versionShape({ major, version }: { major: number; version: string }): VersionShape {
  const minor = Number(version.split(".")[1]);
  const later = engineVersions.filter((other) => other.major === major && Number(other.version.split(".")[1]) > minor);
  return {
    Engine: "postgres",
    MajorEngineVersion: String(major),
    EngineVersion: version,
    DBParameterGroupFamily: familyOf(major),
    DBEngineDescription: "PostgreSQL",
    DBEngineVersionDescription: `PostgreSQL ${version}`,
    // Within the major only: another major cannot be reached here.
    ValidUpgradeTarget: later.map((target) => ({
      Engine: "postgres",
      EngineVersion: target.version,
      Description: `PostgreSQL ${target.version}`,
      AutoUpgrade: false,
      IsMajorVersionUpgrade: false,
    })),
    ExportableLogTypes: [...exportableLogs],
    SupportsLogExportsToCloudwatchLogs: true,
    SupportsReadReplica: false,
    SupportedFeatureNames: [],
    Status: "available",
    SupportsParallelQuery: false,
    SupportsGlobalDatabases: false,
    SupportsBabelfish: false,
    SupportsCertificateRotationWithoutRestart: true,
    SupportedCACertificateIdentifiers: authorities.map(({ name }) => name),
    SupportsLocalWriteForwarding: false,
    SupportsIntegrations: false,
  };
}

/** So that 16.9 comes before 16.10. */
function sortable(version: string): string {
  return version
    .split(".")
    .map((part) => part.padStart(4, "0"))
    .join(".");
}

export const describeOrderableDBInstanceOptions = operation("rds", "DescribeOrderableDBInstanceOptions", (input, { region }) => {
  checkEngine(input.Engine!);
  const versions = engineVersions.filter(({ version }) => !input.EngineVersion || version === input.EngineVersion);
  const classes = [...instanceClasses.keys()].filter((name) => !input.DBInstanceClass || name === input.DBInstanceClass);
  const licensed = !input.LicenseModel || input.LicenseModel === "postgresql-license";
  const all = !licensed
    ? []
    : versions.flatMap(({ version }) =>
        classes.flatMap((name) =>
          Object.entries(storageTypes).map(([storageType, rule]) => ({
            Engine: "postgres",
            EngineVersion: version,
            DBInstanceClass: name,
            LicenseModel: "postgresql-license",
            AvailabilityZones: ["a", "b", "c"].map((letter) => ({ Name: `${region}${letter}` })),
            MultiAZCapable: true,
            ReadReplicaCapable: false,
            Vpc: true,
            SupportsStorageEncryption: true,
            StorageType: storageType,
            SupportsIops: rule.provisioned || storageType === "gp3",
            SupportsStorageThroughput: storageType === "gp3",
            SupportsEnhancedMonitoring: false,
            SupportsIAMDatabaseAuthentication: false,
            SupportsPerformanceInsights: false,
            MinStorageSize: rule.minGib,
            MaxStorageSize: rule.maxGib,
            SupportedEngineModes: ["provisioned"],
            SupportsStorageAutoscaling: false,
            SupportsKerberosAuthentication: false,
            OutpostCapable: false,
            SupportsGlobalDatabases: false,
            SupportedNetworkTypes: ["IPV4"],
            SupportsClusters: false,
            SupportsDedicatedLogVolume: false,
          })),
        ),
      );
  const { items, Marker } = markerPage(
    all,
    input,
    (option) => `${sortable(option.EngineVersion)} ${option.DBInstanceClass} ${option.StorageType}`,
    "OrderableOptions",
  );
  return { OrderableDBInstanceOptions: items, ...(Marker && { Marker }) };
});

export const describeCertificates = operation("rds", "DescribeCertificates", (input, { region }) => {
  const chosen = authorities.filter(({ name }) => !input.CertificateIdentifier || name === input.CertificateIdentifier);
  if (chosen.length === 0) throw certificateNotFound(input.CertificateIdentifier!);
  const { items, Marker } = markerPage(chosen, input, ({ name }) => name, "Certificates");
  return {
    DefaultCertificateForNewLaunches: authorities[0]!.name,
    Certificates: items.map(({ name, validFrom, validTill }) => ({
      CertificateIdentifier: name,
      CertificateType: "CA",
      ValidFrom: new Date(validFrom),
      ValidTill: new Date(validTill),
      CertificateArn: `arn:aws:rds:${region}::cert:${name}`,
      CustomerOverride: false,
    })),
    ...(Marker && { Marker }),
  };
});
