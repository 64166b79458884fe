"""What is used of asyncua, in one place; imported as `ua`.

The library names its parts without exporting them, and says that plain numbers are kinds of its own where it takes
any number; so its structures are passed on as `Any` and its node ids are made here.
"""

from __future__ import annotations

import uuid
from typing import Any

from asyncua.client.client import Client
from asyncua.client.ua_client import UaClientState
from asyncua.common.utils import ServiceError
from asyncua.crypto.security_policies import (
    SecurityPolicy,
    SecurityPolicyAes128Sha256RsaOaep,
    SecurityPolicyAes256Sha256RsaPss,
    SecurityPolicyBasic256Sha256,
    SecurityPolicyNone,
)
from asyncua.crypto.uacrypto import x509_from_der
from asyncua.ua import uaerrors, uaprotocol_auto
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIdNames, ObjectIds
from asyncua.ua.status_codes import StatusCodes, get_name_and_doc
from asyncua.ua.uaerrors import UaError, UaStatusCodeError
from asyncua.ua.uatypes import (
    DataValue,
    LocalizedText,
    NodeId,
    QualifiedName,
    RelativePath,
    RelativePathElement,
    StatusCode,
    VariantType,
)

BadCertificateUntrusted: Any = uaerrors.BadCertificateUntrusted
BadSecurityChecksFailed: Any = uaerrors.BadSecurityChecksFailed
BadIdentityTokenInvalid: Any = uaerrors.BadIdentityTokenInvalid
BadIdentityTokenRejected: Any = uaerrors.BadIdentityTokenRejected
BadTooManySessions: Any = uaerrors.BadTooManySessions
BadUserAccessDenied: Any = uaerrors.BadUserAccessDenied

BrowseDescription: Any = uaprotocol_auto.BrowseDescription
BrowseDirection: Any = uaprotocol_auto.BrowseDirection
BrowseNextParameters: Any = uaprotocol_auto.BrowseNextParameters
BrowseParameters: Any = uaprotocol_auto.BrowseParameters
BrowseResultMask: Any = uaprotocol_auto.BrowseResultMask
CreateMonitoredItemsParameters: Any = uaprotocol_auto.CreateMonitoredItemsParameters
CreateSubscriptionParameters: Any = uaprotocol_auto.CreateSubscriptionParameters
DataChangeNotification: Any = uaprotocol_auto.DataChangeNotification
EUInformation: Any = uaprotocol_auto.EUInformation
MessageSecurityMode = uaprotocol_auto.MessageSecurityMode
MonitoredItemCreateRequest: Any = uaprotocol_auto.MonitoredItemCreateRequest
MonitoringMode: Any = uaprotocol_auto.MonitoringMode
MonitoringParameters: Any = uaprotocol_auto.MonitoringParameters
NodeClass: Any = uaprotocol_auto.NodeClass
ReadParameters: Any = uaprotocol_auto.ReadParameters
ReadValueId: Any = uaprotocol_auto.ReadValueId
StatusChangeNotification: Any = uaprotocol_auto.StatusChangeNotification
TimestampsToReturn: Any = uaprotocol_auto.TimestampsToReturn
UserTokenType = uaprotocol_auto.UserTokenType


def node(identifier: int | str | bytes | uuid.UUID, index: int = 0) -> NodeId:
    """A node id; a bare number is one of the standard's own nodes."""
    made: Any = NodeId
    return made(identifier, index)  # type: ignore[no-any-return]  # see above


def unit_path(variable: NodeId) -> Any:
    """The way from a variable to its engineering units."""
    step: Any = RelativePathElement()
    step.ReferenceTypeId = node(ObjectIds.HasProperty)
    step.IsInverse, step.IncludeSubtypes = False, True
    step.TargetName = QualifiedName("EngineeringUnits")
    path: Any = uaprotocol_auto.BrowsePath()
    path.StartingNode = variable
    path.RelativePath = RelativePath([step])
    return path


def name_of(code: int) -> str:
    """The name of a status code, or its number where it has none."""
    name = str(get_name_and_doc(code & 0xFFFF0000)[0])
    return name if name.isidentifier() else f"status 0x{code:08X}"


def first_certificate(chain: bytes) -> bytes:
    """The certificate of the server itself, without those of its issuers. Raises ValueError."""
    reader: Any = x509_from_der
    certificate = reader(chain)
    if certificate is None:
        raise ValueError("there is none")
    from cryptography.hazmat.primitives.serialization import Encoding

    return bytes(certificate.public_bytes(Encoding.DER))


__all__ = [
    "AttributeIds",
    "Client",
    "DataValue",
    "LocalizedText",
    "MessageSecurityMode",
    "NodeId",
    "ObjectIdNames",
    "ObjectIds",
    "QualifiedName",
    "SecurityPolicy",
    "SecurityPolicyAes128Sha256RsaOaep",
    "SecurityPolicyAes256Sha256RsaPss",
    "SecurityPolicyBasic256Sha256",
    "SecurityPolicyNone",
    "ServiceError",
    "StatusCode",
    "StatusCodes",
    "UaClientState",
    "UaError",
    "UaStatusCodeError",
    "UserTokenType",
    "VariantType",
]
