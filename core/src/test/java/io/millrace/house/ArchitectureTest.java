package io.millrace.house;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.millrace.house.planted.ThreadedMachine;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which package may import what. Each rule is a test whose name is the rule. */
class ArchitectureTest {
    private static final JavaClasses CORE = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.millrace");
    private static final JavaClasses PLANTED = new ClassFileImporter().importClasses(ThreadedMachine.class);

    private static final String[] JDK = {"java..", "org.jspecify.annotations.."};

    /** The machines that live in packages where promises live too. */
    private static final Set<String> MACHINES = Set.of(
            "io.millrace.log.LogClock",
            "io.millrace.log.segment.LogState",
            "io.millrace.log.segment.OffsetIndex",
            "io.millrace.log.segment.TimeIndex",
            "io.millrace.partition.AppendDecision",
            "io.millrace.partition.IdempotencyTable",
            "io.millrace.partition.LeaderEpochs",
            "io.millrace.partition.OffsetWaiters",
            "io.millrace.partition.PartitionHistory",
            "io.millrace.partition.PartitionState",
            "io.millrace.partition.ProducerTable",
            "io.millrace.partition.ReplicaProgress",
            "io.millrace.group.Answer",
            "io.millrace.group.Assignors",
            "io.millrace.group.Bytes",
            "io.millrace.group.Claim",
            "io.millrace.group.Committed",
            "io.millrace.group.ConsumerGroup",
            "io.millrace.group.ConsumerProtocol",
            "io.millrace.group.Decision",
            "io.millrace.group.Division",
            "io.millrace.group.GroupEvent",
            "io.millrace.group.GroupImage",
            "io.millrace.group.GroupRecords",
            "io.millrace.group.GroupView",
            "io.millrace.group.Member",
            "io.millrace.group.OffsetTable",
            "io.millrace.group.RangeAssignor",
            "io.millrace.group.RoundRobinAssignor",
            "io.millrace.group.StickyAssignor",
            "io.millrace.cluster.AddPartitions",
            "io.millrace.cluster.AllocateProducerIds",
            "io.millrace.cluster.AlterConfig",
            "io.millrace.cluster.CreateTopic",
            "io.millrace.cluster.DeleteTopic",
            "io.millrace.cluster.MetadataCodec",
            "io.millrace.cluster.MetadataImage",
            "io.millrace.cluster.Placement",
            "io.millrace.cluster.StartBroker",
            "io.millrace.cluster.TopicConfig");

    private static final ArchRule NO_RUNTIME = noClasses()
            .should()
            .dependOnClassesThat(
                    named("io.vertx.core.Vertx", "io.vertx.core.Context", "io.vertx.core.Verticle", "java.lang.Thread"))
            .orShould()
            .dependOnClassesThat()
            .resideInAnyPackage("io.vertx.core.internal..", "java.util.concurrent.locks..")
            .orShould()
            .dependOnClassesThat(named(
                    "java.util.concurrent.Executor",
                    "java.util.concurrent.ExecutorService",
                    "java.util.concurrent.Executors"));

    private static final ArchRule ONLY_DISK_OPENS_FILES = noClasses()
            .that()
            .resideOutsideOfPackage("io.millrace.log.disk")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.nio.channels..", "java.nio.file..")
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching("java\\.io\\.(File.*|RandomAccessFile)");

    private static DescribedPredicate<JavaClass> named(String... names) {
        var all = Set.of(names);
        return DescribedPredicate.describe("are one of " + all, type -> all.contains(type.getName()));
    }

    @Test
    void modelImportsNothingButTheJdk() {
        classes()
                .that()
                .resideInAPackage("io.millrace.model")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(JDK).or(resideInAnyPackage("io.millrace.model")))
                .check(CORE);
    }

    @Test
    void whatStaysOfACompactedLogIsDecidedWithoutFuturesAndFiles() {
        classes()
                .that()
                .resideInAPackage("io.millrace.log.compact")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(JDK)
                        .or(resideInAnyPackage("io.millrace.model", "io.millrace.record", "io.millrace.log.compact"))
                        .or(named("io.millrace.log.Compaction")))
                .check(CORE);
    }

    @Test
    void recordImportsModelAndTheCodecsAndNothingElse() {
        classes()
                .that()
                .resideInAPackage("io.millrace.record")
                .should()
                .onlyDependOnClassesThat(resideInAnyPackage(JDK)
                        .or(resideInAnyPackage(
                                "io.millrace.model",
                                "io.millrace.record",
                                "net.jpountz..",
                                "com.github.luben.zstd..",
                                "org.xerial.snappy..")))
                .check(CORE);
    }

    @Test
    void machinesKnowNoFuturesNoClocksNoChanceNoLogging() {
        for (var machine : MACHINES)
            assertThat(CORE.contain(machine)).as(machine).isTrue();
        noClasses()
                .that(DescribedPredicate.<JavaClass>describe(
                                "are machines",
                                type -> MACHINES.contains(type.getName().replaceAll("\\$.*", "")))
                        .or(resideInAnyPackage("io.millrace.model", "io.millrace.record", "io.millrace.consume")))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.vertx..", "org.slf4j..", "java.util.concurrent..", "io.millrace.time..")
                .orShould()
                .dependOnClassesThat(named("java.time.Clock", "java.util.Random"))
                .check(CORE);
    }

    @Test
    void logsKnowNothingOfPartitionsOrMetadata() {
        noClasses()
                .that()
                .resideInAPackage("io.millrace.log..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.millrace.partition..", "io.millrace.cluster..")
                .check(CORE);
    }

    @Test
    void partitionsKnowLogsByTheirInterfaceOnlyAndNotEachOthersNeighbours() {
        noClasses()
                .that()
                .resideInAPackage("io.millrace.partition..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.millrace.log.segment..", "io.millrace.log.memory..", "io.millrace.cluster..")
                .check(CORE);
    }

    @Test
    void groupsKnowTheirLogByTheirOwnSeamOnly() {
        noClasses()
                .that()
                .resideInAPackage("io.millrace.group..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.millrace.log..", "io.millrace.partition..", "io.millrace.cluster..")
                .check(CORE);
    }

    @Test
    void coreKnowsNoRuntime() {
        NO_RUNTIME.check(CORE);
    }

    @Test
    void onlyTheDiskOpensFiles() {
        ONLY_DISK_OPENS_FILES.check(CORE);
    }

    @Test
    void noPackageOfCoreDependsOnItselfInACircle() {
        slices().matching("io.millrace.(*)..").should().beFreeOfCycles().check(CORE);
    }

    @Test
    void aPlantedViolationIsCaught() {
        assertThat(NO_RUNTIME.evaluate(PLANTED).hasViolation()).isTrue();
        assertThat(ONLY_DISK_OPENS_FILES.evaluate(PLANTED).hasViolation()).isTrue();
    }
}
