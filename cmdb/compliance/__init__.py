"""Endpoint compliance: policies as data, judged on what sources said and when. Silence is never a pass."""

from cmdb.compliance.evaluate import evaluate as evaluate
from cmdb.compliance.policy import shipped as shipped
from cmdb.compliance.report import of_endpoint as of_endpoint
