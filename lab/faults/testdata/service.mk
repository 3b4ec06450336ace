# A service whose primitives do what /run/behave/SERVICE/PRIMITIVE says, and
# write down when they began and ended. SERVER: its process; none: a resource.
.PHONY: activate deactivate start stop reload restart join leave failed status check

DIR = /run/$(SRR_SERVICE)
say = echo "$$(date +%s.%N) $(SRR_NODE) $(SRR_SERVICE) $@ $(1)" >>$(HISTORY)
behave = case "$$(cat /run/behave/$(SRR_SERVICE)/$@ 2>/dev/null)" in \
	fail) $(call say,failed); echo told to fail >&2; exit 1;; \
	hang) sleep infinity;; \
	frozen) touch /run/frozen/x;; \
	slow) sleep 1.5;; \
	recall) if [ ! -e $(DIR).recalled ]; then touch $(DIR).recalled; echo recall 1 >$$SRR_RESULT; exit 0; fi;; \
	lie) $(call say,lied); exit 0;; \
	unknown) echo "recall 1" >$$SRR_RESULT; exit 75;; \
	esac
serve = [ -z "$(SERVER)" ] || { setsid $(SERVER) </dev/null >/dev/null 2>&1 & echo $$! >$(DIR)/pid; }

start:
	@$(call say,begin); $(behave); mkdir -p $(DIR); $(serve); \
	case "$$(cat /run/behave/$(SRR_SERVICE)/children 2>/dev/null)" in \
	leak) setsid sh -c 'trap "" TERM; exec 9>/run/leak.lock; while :; do sleep 100; done' </dev/null >/dev/null 2>&1 & ;; \
	esac; $(call say,end)
stop:
	@$(call say,begin); $(behave); [ -z "$(SERVER)" ] || kill $$(cat $(DIR)/pid) || true; rm -rf $(DIR); $(call say,end)
restart:
	@$(call say,begin); $(behave); [ -z "$(SERVER)" ] || kill $$(cat $(DIR)/pid) || true; mkdir -p $(DIR); $(serve); $(call say,end)
check:
	@$(behave); [ -d $(DIR) ] && { [ -z "$(SERVER)" ] || kill -0 $$(cat $(DIR)/pid); }
reload activate deactivate join leave failed:
	@$(call say,begin); $(behave); $(call say,end)
status:
	@echo "$(SRR_SERVICE) on $(SRR_NODE)"
