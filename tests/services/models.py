"""The types as FastAPI's own body and response models: read by pydantic's rules, and checked by their own.

uvicorn models:app
"""

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from pool_registry_types import NodeInfo, PoolSnapshot, ValidationError

app = FastAPI()


# FastAPI's own answer repeats the input, and fails where JSON has no words for that: NaN, a lone surrogate, any bytes.
@app.exception_handler(RequestValidationError)
async def refuse(_: Request, error: RequestValidationError) -> JSONResponse:
    first = error.errors()[0]
    path, reason = first["loc"][1:], first["msg"]
    match first:
        case {"ctx": {"error": ValidationError() as cause}}:
            path, reason = path + cause.path, cause.reason
    return JSONResponse({"path": path, "reason": reason}, status_code=422)


# What FastAPI makes of a body on which Python's json fails with anything but a JSONDecodeError.
@app.exception_handler(400)
async def refuse_unreadable(_: Request, error: HTTPException) -> JSONResponse:
    return JSONResponse({"path": [], "reason": error.detail}, status_code=422)


@app.put("/nodes")
async def echo_node(node: NodeInfo) -> NodeInfo:
    return node


@app.put("/pools")
async def echo_pool(pool: PoolSnapshot) -> PoolSnapshot:
    return pool
