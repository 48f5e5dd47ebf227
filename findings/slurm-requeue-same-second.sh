#!/usr/bin/env bash
# Slurm 22.05.8 (Debian 12's): a requeued job that begins again on a node in the second in which its first life was ended
# there fails: slurmd keeps by seconds when a job was ended, takes the new life for the one that it has ended, and slurmctld
# makes that the job's own failure (exit code 1), though its script has not begun. A second later it runs. By itself Slurm lets
# such a job wait for two minutes; it happens where somebody begins it sooner (scontrol update starttime=now). Needs root.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
debian slurmctld=22.05.8* slurmd=22.05.8* slurm-client=22.05.8* slurm-wlm-basic-plugins=22.05.8* munge libmunge2
root=$folder/root host=$(hostname -s)
plugins=$root/usr/lib/x86_64-linux-gnu/slurm-wlm
for program in "$root"/usr/{,s}bin/*-wlm; do ln -s "$program" "${program%-wlm}"; done # Debian's alternatives
export SLURM_CONF=$folder/slurm.conf PATH=$root/usr/sbin:$root/usr/bin:$PATH
export LD_LIBRARY_PATH=$root/usr/lib/x86_64-linux-gnu:$plugins
mapfile -t ports < <(python3 -c '
import socket
held = [socket.socket() for _ in range(3)]
for one in held:
    one.bind(("127.0.0.1", 0))
    print(one.getsockname()[1])')
mkdir "$folder/state"
head -c 128 /dev/urandom >"$folder/key" && chmod 600 "$folder/key"
cat >"$SLURM_CONF" <<END
ClusterName=finding
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=${ports[0]}
AuthInfo=socket=$folder/munge
SlurmUser=root
SlurmdUser=root
PluginDir=$plugins
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd-%n.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[1]} CPUs=1
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[2]} CPUs=1
PartitionName=main Nodes=ALL Default=YES State=UP
END
seen=""
end() {
    scancel --user=root || :
    for file in "$folder"/*.pid; do kill "$(cat "$file")"; done
    while compgen -G "$folder/slurm*.pid" >/dev/null; do sleep 0.1; done # they write to the folder until then
    rm -rf "$folder"
}
munged --force --key-file="$folder/key" --socket="$folder/munge" --pid-file="$folder/munged.pid" --seed-file="$folder/seed" \
    --log-file="$folder/munged.log"
trap end EXIT
slurmctld -c
for node in n1 n2; do slurmd -N $node -d "$root/usr/sbin/slurmstepd"; done
state() { squeue -h --states=all -o %T "$@"; }
until [ "$(sinfo -h -o '%D %t')" = '2 idle' ]; do sleep 0.1; done

# requeued SECOND: what becomes of a job that begins again in the same second as it was ended, or in a later one. Another
# job, on the other node, ends just then: that has slurmctld look at once who may begin.
requeued() {
    local ended begun job other
    job=$(sbatch --parsable --requeue --nodelist=n1 --output="$folder/out" --wrap 'echo begun; sleep 600')
    other=$(sbatch --parsable --nodelist=n2 --output=/dev/null --wrap 'sleep 600')
    until grep -q begun "$folder/out" 2>/dev/null && [ "$(state --jobs "$other")" = RUNNING ]; do sleep 0.05; done
    while [ "$(date +%N | cut -c 1)" != 0 ]; do :; done # the second has just begun
    ended=$(date +%s)
    scontrol requeue "$job"
    until [ "$(state --jobs "$job")" = PENDING ]; do :; done
    while [ "$1" = later ] && [ "$(date +%s)" = "$ended" ]; do :; done
    scontrol update jobid="$job" starttime=now
    scancel "$other"
    while [ "$(state --jobs "$job")" = PENDING ]; do :; done
    begun=$(date -d "$(scontrol show job "$job" | grep -o '\bStartTime=[^ ]*' | cut -d = -f 2)" +%s)
    sleep 1 # what is to fail has failed
    said="$1 second: $(state --jobs "$job") $(scontrol show job "$job" | grep -o '\bExitCode=[^ ]*')"
    scancel "$job"
    while [ -n "$(squeue -h)" ]; do sleep 0.1; done
    rm -f "$folder/out"
    [ "$1" = later ] || [ "$begun" = "$ended" ]
}
for which in same later; do
    until requeued $which; do :; done # a machine that is busy has not always begun it within the second
    seen+=$said$'\n'
done
expect 'same second: FAILED ExitCode=1:0
later second: RUNNING ExitCode=0:0
slurmd: already killed, do not launch batch job
slurmctld: Job credential revoked' "${seen}slurmd: $(grep -o 'already killed, do not launch batch job' "$folder/slurmd-n1.log")
slurmctld: $(grep -o 'Job credential revoked' "$folder/slurmctld.log")"
